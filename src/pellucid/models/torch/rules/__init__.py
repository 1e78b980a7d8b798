"""Rules that replace the gradient of every operation a network calls: one engine, and the sets of rules.

:class:`Rectified` is deconvnet and guided backpropagation, :class:`Multipliers` DeepLIFT, :class:`Relevance` LRP with
its layer rules and composites, :class:`Defended` the gradient of FGVis, :class:`Reach` tells what a number
depends on. ``rules.applied(module)`` is a context manager around an ordinary forward pass.
"""

from __future__ import annotations

from pellucid.models.torch.rules.composites import (
    attn_lrp,
    cp_lrp,
    epsilon_alpha2_beta1,
    epsilon_alpha2_beta1_flat,
    epsilon_gamma_box,
    epsilon_plus,
    epsilon_plus_flat,
)
from pellucid.models.torch.rules.defended import Defended
from pellucid.models.torch.rules.first_rules import Flat, WSquare, ZBox
from pellucid.models.torch.rules.layer_rules import AlphaBeta, Epsilon, Gamma, ZPlus
from pellucid.models.torch.rules.multipliers import Multipliers
from pellucid.models.torch.rules.reach import Reach
from pellucid.models.torch.rules.rectified import Rectified
from pellucid.models.torch.rules.relevance import Relevance
from pellucid.models.torch.rules.rule_set import RuleSet

__all__ = [
    "AlphaBeta",
    "Defended",
    "Epsilon",
    "Flat",
    "Gamma",
    "Multipliers",
    "Reach",
    "Rectified",
    "Relevance",
    "RuleSet",
    "WSquare",
    "ZBox",
    "ZPlus",
    "attn_lrp",
    "cp_lrp",
    "epsilon_alpha2_beta1",
    "epsilon_alpha2_beta1_flat",
    "epsilon_gamma_box",
    "epsilon_plus",
    "epsilon_plus_flat",
]
