"""LRP's rules for the layer that reads the input, where a value of 0 is no sign of having no part in the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pellucid.core.errors import ParameterError
from pellucid.models.torch.rules.layer_rules import LayerRule, share, zeros
from pellucid.models.torch.rules.notes import Linear, Origin
from pellucid.models.torch.rules.run import Run

__all__ = ["FirstRule", "Flat", "WSquare", "ZBox"]


class FirstRule(LayerRule):
    """Shares relevance by more than the input's value, through leaves beside it.

    What a further leaf gets is the input's: see :meth:`pellucid.models.torch.rules.run.Run.relevance`.
    """

    first_only = True

    def _beside(self, origin: Origin, value: Any, run: Run) -> Tensor:
        """A leaf of the input's shape."""
        leaf = origin.leaf
        try:
            values = torch.as_tensor(np.asarray(value), dtype=leaf.dtype, device=leaf.device).expand(leaf.shape)
        except RuntimeError as error:
            raise ParameterError(
                f"{type(self).__name__}: bounds must fit an input of shape {tuple(leaf.shape)}, got shape "
                f"{np.shape(value)}."
            ) from error
        beside = values.clone().requires_grad_()
        run.extras.append((leaf, beside))
        return beside

    def _origin(self, layer: Linear) -> Origin:
        if layer.origin is None:
            raise ParameterError(
                f"{type(self).__name__} is a rule for a layer that reads the input itself; layer {layer.layer!r} reads "
                "what other layers give."
            )
        return layer.origin


@dataclass(frozen=True)
class _ByWeight(FirstRule):
    """Relevance shared by a function of the weights alone."""

    epsilon: float = 1e-6

    def _weights(self, w: Tensor) -> Tensor:
        return w

    def _bias(self, b: Tensor | None) -> Tensor | None:
        return None

    def surrogate(self, layer: Linear, y: Tensor, run: Run) -> Tensor:
        origin = self._origin(layer)
        ones = origin.moved(self._beside(origin, 1.0, run))
        z = layer.apply(ones, self._weights(layer.weight), self._bias(layer.bias))
        return share(z, y, self.epsilon) + zeros(layer.input)


@dataclass(frozen=True)
class Flat(_ByWeight):
    """Rⱼ = Σₖ Rₖ / n, the same for each of the n inputs of an output.

    Source
    ------
    Lapuschkin, Wäldchen, Binder, Montavon, Samek and Müller 2019, supplement.
    """

    def _weights(self, w: Tensor) -> Tensor:
        return torch.ones_like(w)


@dataclass(frozen=True)
class WSquare(_ByWeight):
    """Rⱼ = Σₖ w²ⱼₖ / (Σⱼ w²ⱼₖ) · Rₖ.

    Source
    ------
    Montavon, Lapuschkin, Binder, Samek and Müller 2017, equation 7.
    """

    def _weights(self, w: Tensor) -> Tensor:
        return w.square()


@dataclass(frozen=True, eq=False)
class ZBox(FirstRule):
    """For inputs between l and h, Rⱼ = Σₖ (aⱼwⱼₖ − lⱼw⁺ⱼₖ − hⱼw⁻ⱼₖ) / Σⱼ(…) · Rₖ.

    Parameters
    ----------
    low, high : smallest and largest values an input may have; numbers, or arrays that broadcast to the input's shape.

    Source
    ------
    Montavon, Lapuschkin, Binder, Samek and Müller 2017, equation 9.
    """

    low: float | Sequence[Any] | np.ndarray[Any, Any]
    high: float | Sequence[Any] | np.ndarray[Any, Any]
    epsilon: float = 1e-6

    def __post_init__(self) -> None:
        if not np.all(np.asarray(self.low) <= np.asarray(self.high)):
            raise ParameterError(f"ZBox: low must not be above high, got {self.low!r} and {self.high!r}.")

    def surrogate(self, layer: Linear, y: Tensor, run: Run) -> Tensor:
        origin = self._origin(layer)
        at: Callable[[Any], Tensor] = lambda bound: origin.again(self._beside(origin, bound, run))  # noqa: E731
        w, b = layer.weight, layer.bias
        z = layer.apply(layer.input, w, b)
        z = z - layer.apply(at(self.low), w.clamp(min=0), None if b is None else b.clamp(min=0))
        z = z - layer.apply(at(self.high), w.clamp(max=0), None if b is None else b.clamp(max=0))
        return share(z, y, self.epsilon)
