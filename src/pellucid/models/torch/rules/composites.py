"""Settings of LRP that have names."""

from __future__ import annotations

from typing import Any

from pellucid.models.torch.rules.first_rules import Flat, ZBox
from pellucid.models.torch.rules.layer_rules import AlphaBeta, Epsilon, Gamma, ZPlus
from pellucid.models.torch.rules.relevance import Relevance

__all__ = [
    "attn_lrp",
    "cp_lrp",
    "epsilon_alpha2_beta1",
    "epsilon_alpha2_beta1_flat",
    "epsilon_gamma_box",
    "epsilon_plus",
    "epsilon_plus_flat",
]


def epsilon_gamma_box(low: Any, high: Any, epsilon: float = 1e-6, gamma: float = 0.25) -> Relevance:
    """z-box for the first layer, γ for convolutions, ε for dense layers (Montavon et al. 2019).

    Parameters
    ----------
    low, high : smallest and largest values that inputs may have.
    """
    return Relevance(Epsilon(epsilon), convolution=Gamma(gamma), first=ZBox(low, high))


def epsilon_plus(epsilon: float = 1e-6) -> Relevance:
    """z⁺ for convolutions, ε for dense layers."""
    return Relevance(Epsilon(epsilon), convolution=ZPlus())


def epsilon_plus_flat(epsilon: float = 1e-6) -> Relevance:
    """Flat for the first layer, z⁺ for convolutions, ε for dense layers (Lapuschkin et al. 2019)."""
    return Relevance(Epsilon(epsilon), convolution=ZPlus(), first=Flat())


def epsilon_alpha2_beta1(epsilon: float = 1e-6) -> Relevance:
    """α2β1 for convolutions, ε for dense layers."""
    return Relevance(Epsilon(epsilon), convolution=AlphaBeta(2, 1))


def epsilon_alpha2_beta1_flat(epsilon: float = 1e-6) -> Relevance:
    """Flat for the first layer, α2β1 for convolutions, ε for dense layers."""
    return Relevance(Epsilon(epsilon), convolution=AlphaBeta(2, 1), first=Flat())


def attn_lrp() -> Relevance:
    """LRP-0 for all layers, with relevance through softmax (Achtibat et al. 2024)."""
    return Relevance(Epsilon(0.0))


def cp_lrp() -> Relevance:
    """LRP-0 for all layers, attention weights being constants (Ali et al. 2022)."""
    return Relevance(Epsilon(0.0), attention="constant")
