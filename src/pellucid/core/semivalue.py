"""Which mean of what a player adds to the coalitions of others is its value.

A semivalue is ``φ_i = Σ_{S ⊆ N∖i} p_|S| · (v(S ∪ i) − v(S))``, where Σ_s C(n−1, s) p_s = 1:

- ``SHAPLEY``: p_s = s! (n−s−1)! / n!, every size of coalition counts alike, and the values add up to v(N) − v(∅);
- ``BANZHAF``: p_s = 1 / 2^(n−1), every coalition counts alike.

Source: Dubey, Neyman & Weber (1981), "Value theory without efficiency", Mathematics of Operations Research 6, 122–128.
"""

from __future__ import annotations

from pellucid.core.native import engine

__all__ = ["Semivalue"]

Semivalue = engine.Semivalue
