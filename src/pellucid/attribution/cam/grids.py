"""Where on the image the numbers of a layer lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.network import Layer

__all__ = ["Grid", "grid_of"]

#: the most tokens before those of a grid: of the class, of distillation, registers
EXTRA = 8


@dataclass(frozen=True)
class Grid:
    """The places of a layer's answer: a map for each channel, or tokens that stand for patches of the image.

    Parameters
    ----------
    height, width : places along each side.
    tokens : whether the layer gives (tokens, channels), line by line, instead of (channels, height, width).
    before : tokens that come before the grid's and lie nowhere on the image, such as the class token.
    """

    height: int
    width: int
    tokens: bool = False
    before: int = 0

    @property
    def words(self) -> str:
        """For a receipt."""
        if not self.tokens:
            return f"maps of {self.height} × {self.width}"
        left = f", without the first {self.before}" if self.before else ""
        return f"tokens on a grid of {self.height} × {self.width}{left}"

    @property
    def own(self) -> slice:
        """Along the first axis of a layer's answer for a row, what lies on the image."""
        return slice(self.before if self.tokens else 0, None)

    def maps(self, values: NDArray[Any]) -> NDArray[Any]:
        """(rows, channels, height, width, …) of a layer's answer (rows, channels, height, width, …) or
        (rows, tokens, channels, …).
        """
        if not self.tokens:
            return values
        rows, _, channels, *more = values.shape
        laid = values[:, self.before :].reshape(rows, self.height, self.width, channels, *more)
        return np.moveaxis(laid, 3, 1)

    def without(self, values: NDArray[Any], channels: NDArray[np.intp]) -> NDArray[Any]:
        """A copy of a layer's answer (rows, …) with one channel of each row's places at zero."""
        changed = values.copy()
        rows = np.arange(len(values))
        if self.tokens:
            changed[rows, self.before :, channels] = 0
        else:
            changed[rows, channels] = 0
        return changed


def grid_of(shape: Sequence[int], layers: Iterable[Layer] = (), asked: tuple[int, int] | None = None) -> Grid | None:
    """The grid of a layer that gives this shape for a row; None where it has none.

    Tokens lie as ``asked``, or as the map of an earlier layer has as many places, or on a square.
    """
    if len(shape) == 3:
        sides = (int(shape[1]), int(shape[2]))
        wanted = sides if asked is None else asked
        return Grid(*sides) if sides == wanted and sides[0] * sides[1] > 1 else None
    if len(shape) != 2 or shape[1] == 1:
        return None
    tokens = int(shape[0])
    if asked is not None:
        before = tokens - asked[0] * asked[1]
        return Grid(*asked, tokens=True, before=before) if 0 <= before <= EXTRA else None
    return _of_patches(tokens, layers) or _square(tokens)


def _of_patches(tokens: int, layers: Iterable[Layer]) -> Grid | None:
    """As a layer that cuts the image into patches laid them."""
    for layer in layers:
        if len(layer.shape) == 3:
            _, height, width = layer.shape
            before = tokens - height * width
            if height * width > 1 and 0 <= before <= EXTRA:
                return Grid(height, width, tokens=True, before=before)
    return None


def _square(tokens: int) -> Grid | None:
    for before in (0, 1):
        side = isqrt(tokens - before)
        if side > 1 and side * side == tokens - before:
            return Grid(side, side, tokens=True, before=before)
    return None
