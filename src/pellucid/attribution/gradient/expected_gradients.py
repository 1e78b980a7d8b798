"""Each input's share of the difference from a background, averaged over its rows and the ways from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.gradient.backgrounds import background_words, mean_outputs, read_background
from pellucid.attribution.gradient.fixed_path import points_along
from pellucid.attribution.gradient.frame import PACE, NetworkMethod, off_by
from pellucid.attribution.gradient.gradients import drawn_blocks, pick
from pellucid.attribution.gradient.reducers import Moments
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.model import Model
from pellucid.core.network import Leaf
from pellucid.core.params import Constraint, Whole
from pellucid.core.rng import generator
from pellucid.core.target import Target
from pellucid.core.tensors import Points

__all__ = ["ExpectedGradients"]


class ExpectedGradients(NetworkMethod):
    """Integrated gradients averaged over a background, by drawing a row of it and a place on the way from there.

    ``φ_i = E_{b, α} [(x_i − b_i) · ∂f_t/∂x_i (b + α(x − b))]``, ``b`` from the background, ``α ~ U(0, 1)``

    Every row has the same draws. Places are drawn one from each N-th of the way, and background rows in turn, in random
    order, so that the mean is closer than that of independent draws; its standard error, which is that of independent
    draws, is on the safe side. Known to shap's users as GradientExplainer.

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    background : rows as the network takes them, for instance 100 of the training data.
    draws : how many, N.
    seed : of the draws; the same seed gives the same draws for any batch size.
    batch_size : the most points the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, or a setting outside what it may be.

    Source
    ------
    Erion, Janizek, Sturmfels, Lundberg & Lee (2021), "Improving performance of deep learning models with axiomatic
    attribution priors and expected gradients".
    """

    card: ClassVar[Card] = Card(
        summary="Integrated gradients averaged over a background, each value with its standard error",
        paper="Erion, Janizek, Sturmfels, Lundberg & Lee (2021), Improving performance of deep learning models with "
        "axiomatic attribution priors and expected gradients",
        explains="Attribution",
        needs="network",
        background="required",
        completeness="not promised",
        cost="N gradients a row and target, for N draws; one output a background row",
        limits="the sum is right on average only; see the gap in its receipt",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"draws": Whole(2), "seed": Whole(0), **PACE}

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        draws: int = 200,
        seed: int = 0,
        batch_size: int = 64,
        progress: bool | None = None,
    ) -> None:
        self.model = model
        self.background = background
        self.draws = draws
        self.seed = seed
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()

    def absent(self, model: Model) -> Mapping[str, object]:
        return background_words(read_background("ExpectedGradients", self.background, model))

    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        points = leaf.of(read_background("ExpectedGradients", self.background, model))
        rows, count = len(leaf.inputs), len(next(iter(points.values())))
        alpha, whose = self._places(count)
        moments = Moments(leaf, len(target.names), spread=True)
        label, progress = "ExpectedGradients", self.progress
        for some, drawn in drawn_blocks(rows, self.draws, self.batch_size, label=label, progress=progress):
            moments.add(some, _products(leaf, target, some, pick(points, whose[drawn]), alpha[drawn]))
        values, shown = leaf.fold(moments.means)
        variances, _ = leaf.fold({name: np.square(array) for name, array in moments.stderr.items()})
        base, asked = mean_outputs(leaf, target, points, self.batch_size)
        said = leaf.outputs(np.arange(rows), leaf.values, target)
        gap = np.abs(base + values.sum(axis=tuple(range(1, values.ndim - 1))) - said).max()
        return Computed(
            values=values,
            base=base,
            stderr=np.sqrt(variances),
            evaluations=(self.draws + 1) * rows + asked,
            completeness=off_by(float(gap), rows, of="a mean of draws"),
            shown=shown,
        )

    def _places(self, count: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """How far on the way each draw is, one in each N-th, and from which background row, in turn."""
        rng = generator(self.seed, "draws")
        alpha = (np.arange(self.draws) + rng.random(self.draws)) / self.draws
        return alpha, rng.permutation(np.arange(self.draws) % count)


def _products(leaf: Leaf, target: Target, rows: NDArray[np.intp], starts: Points, alpha: NDArray[np.float64]) -> Points:
    """part → (rows · draws, *shape, targets), the gradients on the way times the way."""
    index = np.repeat(rows, len(alpha))
    first = pick(starts, np.tile(np.arange(len(alpha)), len(rows)))
    ways = {name: values[index] - first[name] for name, values in leaf.values.items()}
    pulled = leaf.pull(index, points_along(first, ways, np.tile(alpha, len(rows))), target)
    return {name: ways[name][..., np.newaxis] * gradients for name, gradients in pulled.gradients.items()}
