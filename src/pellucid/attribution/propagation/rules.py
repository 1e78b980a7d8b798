"""Rule sets by name, and what they hand back to the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.gradient.frame import FLOAT32, off_by
from pellucid.core.network import Leaf, Pulled
from pellucid.core.receipt import Completeness
from pellucid.core.tensors import Points

__all__ = ["NAMES", "RuleSetting", "kept_back", "lost_to_rounding", "named", "relevance"]

#: composites that need no more than a name
NAMES = (
    "epsilon",
    "epsilon-plus",
    "epsilon-plus-flat",
    "epsilon-alpha2-beta1",
    "epsilon-alpha2-beta1-flat",
    "attn",
    "cp",
)


@dataclass(frozen=True)
class RuleSetting:
    """A composite by name, or a rule set."""

    def allows(self, value: object) -> bool:
        return value in NAMES if isinstance(value, str) else callable(getattr(value, "applied", None))

    @property
    def words(self) -> str:
        return f"one of {', '.join(map(repr, NAMES))} or a Relevance of pellucid.models.torch.rules"


def named(rules: Any) -> Any:
    """The rule set of a name, or the rule set that was passed."""
    if not isinstance(rules, str):
        return rules
    from pellucid.models.torch import rules as sets

    made = {"epsilon": sets.Relevance, "attn": sets.attn_lrp, "cp": sets.cp_lrp}
    return made[rules]() if rules in made else getattr(sets, rules.replace("-", "_"))()


def relevance(leaf: Leaf, pulled: Pulled) -> Points:
    """part → (rows, *shape, targets), values times gradients by rules, and what the rules give a part besides."""
    own = {name: leaf.values[name][..., np.newaxis] * gradients for name, gradients in pulled.gradients.items()}
    return {name: values + pulled.beside.get(name, 0) for name, values in own.items()}


def lost_to_rounding(values: NDArray[np.float64], base: NDArray[np.float64], pulled: Pulled) -> Completeness | None:
    """What to say where a network in single precision rounds so much that no sum is to be had; None where one is.

    Multipliers divide by differences, and a normalisation of nearly equal numbers multiplies by thousands.
    """
    single = any(slopes.dtype != np.float64 for slopes in pulled.gradients.values())
    gaps = np.abs(base + values.sum(axis=tuple(range(1, values.ndim - 1))) - pulled.outputs)
    scale = float(max(np.abs(base).max(), np.abs(pulled.outputs).max()))
    if not single or gaps.max() <= FLOAT32 * scale:
        return None
    return off_by(float(gaps.max()), len(values), of="rounded in single precision; pass module.double() for exact sums")


def kept_back(values: NDArray[np.float64], outputs: NDArray[np.float64]) -> Completeness:
    """Not promised, with how much of the output did not reach the inputs."""
    gap = float(np.abs(values.sum(axis=tuple(range(1, values.ndim - 1))) - outputs).max())
    return Completeness(
        "not promised",
        gap,
        rows=len(values),
        reason="biases and what steadies denominators keep a share of the relevance; Σ values is off from the output "
        f"by {gap:.2g}",
    )
