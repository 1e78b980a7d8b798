"""Layer-wise relevance propagation: the gradient whose product with the input is its relevance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

import torch
from torch import Tensor, nn

from pellucid.core.errors import ParameterError, UnsupportedModelError
from pellucid.models.torch.rules.calls import Call, Values
from pellucid.models.torch.rules.folding import folded
from pellucid.models.torch.rules.layer_rules import Epsilon, LayerRule
from pellucid.models.torch.rules.notes import Linear
from pellucid.models.torch.rules.rule_set import RuleSet
from pellucid.models.torch.rules.run import Run
from pellucid.models.torch.rules.surrogates import side, with_gradient_of

__all__ = ["Relevance"]

#: denominators of normalisations, which scale and get no relevance
SCALES = frozenset({"rsqrt"})
#: f(x)/x is the gradient
HOMOGENEOUS = frozenset({"relu", "leaky_relu", "prelu", "abs"})
#: what a value is at least where it divides
SMALLEST = 1e-9


#: the usual rule
EPSILON = Epsilon()


@dataclass(frozen=True)
class Relevance(RuleSet):
    """R = x·g at every tensor, where each operation hands on the relevance of its result.

    - a layer of weights: by its :class:`~pellucid.models.torch.rules.layer_rules.LayerRule`;
    - other sums, means, residuals: Rᵢ = xᵢ / Σ x · R;
    - f, number by number: all to its input, also where f is written by hand out of several operations;
    - a product of numbers or matrices: half to each factor;
    - a / b, normalisation: the denominator is a constant;
    - softmax s of x: Rᵢ = xᵢ·(Rₛᵢ − sᵢ·Σⱼ Rₛⱼ), or none at all;
    - the largest: all to the largest.

    Parameters
    ----------
    dense : rule of layers that are matrices.
    convolution : rule of convolutions; None is as dense.
    first : rule of the layers that read the input itself, moved, scaled or shifted at most; None is as others.
    layers : patterns of layer names as in a shell, with the rule of the layers that they fit; the first that fits
        holds, before all other settings.
    fold : whether a BatchNorm counts as part of the layer before it.
    attention : ``"taylor"``, relevance goes through softmax; ``"constant"``, attention weights get none.

    Source
    ------
    Bach et al. 2015; Montavon et al. 2019; for products, softmax and normalisation Achtibat et al. 2024, propositions
    3.1 to 3.4; for ``"constant"`` Ali et al. 2022.
    """

    dense: LayerRule = EPSILON
    convolution: LayerRule | None = None
    first: LayerRule | None = None
    layers: tuple[tuple[str, LayerRule], ...] = ()
    fold: bool = True
    attention: Literal["taylor", "constant"] = "taylor"

    title = "LRP"
    takes_apart = True

    def __post_init__(self) -> None:
        if self.attention not in ("taylor", "constant"):
            raise ParameterError(f"Relevance: attention must be 'taylor' or 'constant', got {self.attention!r}.")
        for name, rule in (("dense", self.dense), ("convolution", self.convolution)):
            if rule is not None and rule.first_only:
                raise ParameterError(
                    f"Relevance: {type(rule).__name__} is a rule for first layers, got it as {name}; pass it as first."
                )

    def check(self, module: nn.Module) -> None:
        names = {name.rpartition(".")[0] for name, _ in module.named_parameters(remove_duplicate=False)}
        for pattern, _ in self.layers:
            if not any(fnmatchcase(name, pattern) for name in names):
                shown = ", ".join(sorted(names)[:8])
                raise ParameterError(f"Relevance: no layer with weights is called {pattern!r}; there are {shown}.")

    def finish(self, run: Run) -> None:
        if self.first is not None and not run.first:
            raise UnsupportedModelError(
                "no layer of weights reads the input itself, so the rule for first layers has no use; pass first=None."
            )

    def linear(self, call: Call, layer: Linear | None, run: Run) -> Tensor | None:
        if call.name == "batch_norm" and self.fold:
            layer = folded(call, run)
        if layer is None:
            return None
        run.first = run.first or layer.origin is not None
        rule = self._rule(layer)
        if isinstance(rule, Epsilon) and call.name != "batch_norm":
            return rule.scaled(call)
        return rule.surrogate(layer, call.value, run)

    def _rule(self, layer: Linear) -> LayerRule:
        named = next((rule for pattern, rule in self.layers if fnmatchcase(layer.layer, pattern)), None)
        if named is not None:
            return named
        if self.first is not None and layer.origin is not None:
            return self.first
        return self.convolution or self.dense if layer.kind.startswith("conv") else self.dense

    def unary(self, x: Tensor, function: Callable[[Tensor], Tensor], y: Values, name: str, run: Run) -> Tensor | None:
        if name in SCALES:
            return y.here
        if name in HOMOGENEOUS:
            return None
        point = x.detach()
        divisor = torch.where(point.abs() < SMALLEST, SMALLEST * side(point), point)
        ratio = torch.where(point.isfinite(), y.here / divisor, 0.0)
        return x * ratio.to(x.dtype)

    def product(self, call: Call, first: tuple[int, ...], second: tuple[int, ...], run: Run) -> Tensor:
        halved = {place: _halved(call.given[place]) for place in (*first, *second)}
        return call.execute(halved)

    def quotient(self, call: Call, run: Run) -> Tensor:
        bottom = call.live[1] if call.name == "div" else call.live[0]
        return call.execute({bottom: call.given[bottom].detach()})

    def softmax(self, call: Call, run: Run) -> Tensor | None:
        return call.value if self.attention == "constant" and call.name == "softmax" else None


def _halved(x: Tensor) -> Tensor:
    return with_gradient_of(x, x * 0.5)
