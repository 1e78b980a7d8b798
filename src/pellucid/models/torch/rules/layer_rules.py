"""LRP's rules for a layer of weights: how the relevance of its outputs is shared among its inputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.core.errors import ParameterError
from pellucid.models.torch.rules.calls import Call
from pellucid.models.torch.rules.notes import Linear
from pellucid.models.torch.rules.run import Run
from pellucid.models.torch.rules.surrogates import stabilised

__all__ = ["AlphaBeta", "Epsilon", "Gamma", "LayerRule", "ZPlus"]


class LayerRule(ABC):
    """Gives a tensor whose gradient, times the input, is the relevance that the input gets.

    Each share is z·(y / (z + ε·sign z)) with the quotient taken as a constant, where y is what the layer gave and z
    what it would give by the rule's own weights.
    """

    #: whether relevance does not depend on the input's value, so that further leaves are needed
    first_only = False

    @abstractmethod
    def surrogate(self, layer: Linear, y: Tensor, run: Run) -> Tensor:
        """The tensor to differentiate in the layer's place."""


def share(z: Tensor, y: Tensor, epsilon: float) -> Tensor:
    """z·(y / (z + ε·sign z)), the quotient being a constant."""
    return z * (y / stabilised(z.detach(), epsilon))


def positive(x: Tensor) -> Tensor:
    return x * (x.detach() > 0)


def negative(x: Tensor) -> Tensor:
    return x * (x.detach() < 0)


@dataclass(frozen=True)
class Epsilon(LayerRule):
    """Rⱼ = Σₖ aⱼwⱼₖ / (zₖ + ε·sign zₖ) · Rₖ, zₖ = Σⱼ aⱼwⱼₖ + bₖ; with ε = 0, LRP-0.

    Source
    ------
    Bach et al. 2015, equation 58.
    """

    epsilon: float = 1e-6

    def __post_init__(self) -> None:
        _at_least_zero("Epsilon", "epsilon", self.epsilon)

    def surrogate(self, layer: Linear, y: Tensor, run: Run) -> Tensor:
        return share(layer.apply(layer.input, layer.weight, layer.bias), y, self.epsilon)

    def scaled(self, call: Call) -> Tensor | None:
        """The same for a layer as it was called, computed once; None where it is the layer's own gradient."""
        if self.epsilon == 0:
            return None
        z = call.execute()
        call.value = z.detach()
        return share(z, call.value, self.epsilon)


@dataclass(frozen=True)
class Gamma(LayerRule):
    """Weights of the output's sign count (1 + γ)-fold: for zₖ > 0, Rⱼ = Σₖ aⱼ(wⱼₖ + γw⁺ⱼₖ) / Σⱼ aⱼ(wⱼₖ + γw⁺ⱼₖ) · Rₖ.

    For inputs below zero, and for outputs below zero, the parts of the weights are exchanged, so that it is always the
    terms of the output's sign that are favoured.

    Source
    ------
    Montavon, Binder, Lapuschkin, Samek and Müller 2019, section 10.2.3; for both signs, Andéol et al. 2021.
    """

    gamma: float = 0.25
    epsilon: float = 1e-6

    def __post_init__(self) -> None:
        _at_least_zero("Gamma", "gamma", self.gamma)
        _at_least_zero("Gamma", "epsilon", self.epsilon)

    def surrogate(self, layer: Linear, y: Tensor, run: Run) -> Tensor:
        x, w, b = layer.input, layer.weight, layer.bias
        up, down = w + self.gamma * w.clamp(min=0), w + self.gamma * w.clamp(max=0)
        more = None if b is None else b + self.gamma * b.clamp(min=0)
        less = None if b is None else b + self.gamma * b.clamp(max=0)
        above = layer.apply(positive(x), up, more) + layer.apply(negative(x), down, None)
        below = layer.apply(positive(x), down, less) + layer.apply(negative(x), up, None)
        return share(above, y * (y > 0), self.epsilon) + share(below, y * (y < 0), self.epsilon)


@dataclass(frozen=True)
class AlphaBeta(LayerRule):
    """Rⱼ = Σₖ (α·(aⱼwⱼₖ)⁺ / zₖ⁺ − β·(aⱼwⱼₖ)⁻ / zₖ⁻)·Rₖ, where α − β = 1.

    Source
    ------
    Bach et al. 2015, equation 60.
    """

    alpha: float = 2.0
    beta: float = 1.0
    epsilon: float = 1e-6

    def __post_init__(self) -> None:
        _at_least_zero("AlphaBeta", "alpha", self.alpha)
        _at_least_zero("AlphaBeta", "beta", self.beta)
        _at_least_zero("AlphaBeta", "epsilon", self.epsilon)
        if abs(self.alpha - self.beta - 1) > 1e-9:
            raise ParameterError(f"AlphaBeta: alpha − beta must be 1, got {self.alpha} and {self.beta}.")

    def surrogate(self, layer: Linear, y: Tensor, run: Run) -> Tensor:
        x, w, b = layer.input, layer.weight, layer.bias
        up, down = w.clamp(min=0), w.clamp(max=0)
        above = layer.apply(positive(x), up, None if b is None else b.clamp(min=0))
        above = above + layer.apply(negative(x), down, None)
        shares = self.alpha * share(above, y, self.epsilon)
        if self.beta == 0:
            return shares
        below = layer.apply(positive(x), down, None if b is None else b.clamp(max=0))
        below = below + layer.apply(negative(x), up, None)
        return shares - self.beta * share(below, y, self.epsilon)


class ZPlus(AlphaBeta):
    """Rⱼ = Σₖ (aⱼwⱼₖ)⁺ / Σⱼ (aⱼwⱼₖ)⁺ · Rₖ, which is :class:`AlphaBeta` of 1 and 0.

    Source
    ------
    Montavon, Lapuschkin, Binder, Samek and Müller 2017, equation 8.
    """

    def __init__(self, epsilon: float = 1e-6) -> None:
        super().__init__(1.0, 0.0, epsilon)


def _at_least_zero(rule: str, name: str, value: float) -> None:
    if not value >= 0:
        raise ParameterError(f"{rule}: {name} must be 0 or more, got {value!r}.")


def zeros(x: Tensor) -> Tensor:
    """A number with the graph of x and no gradient."""
    return (torch.where(x.detach().isfinite(), x, 0.0) * 0).sum()
