"""The gradient, averaged over noise around the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.attribution.gradient.frame import NO_SHARES, PACE, NetworkMethod
from pellucid.attribution.gradient.noise import noisy_gradients
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.model import Model
from pellucid.core.network import Leaf
from pellucid.core.params import Constraint, Fraction, Whole
from pellucid.core.target import Target

__all__ = ["SmoothGrad"]


class SmoothGrad(NetworkMethod):
    """The mean gradient over Gaussian noise around the row.

    ``S_i = 1/N · Σ_k ∂f_t/∂x_i (x + ε_k)``, ``ε_k ~ N(0, σ²)``, ``σ = noise · (max x − min x)``; of a token the sum
    over its embedding

    All rows have the same draws, scaled to their own range. The standard error is that of a mean over N draws.

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    noise : standard deviation as a part of the range of a row's numbers; the paper finds 0.1 to 0.2 sharpest on images.
    draws : how many, N.
    seed : of the draws; the same seed gives the same draws for any batch size.
    batch_size : the most points the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Smilkov, Thorat, Kim, Viégas & Wattenberg (2017), "SmoothGrad: removing noise by adding noise".
    """

    card: ClassVar[Card] = Card(
        summary="The gradient, averaged over noise around the row, with its standard error",
        paper="Smilkov, Thorat, Kim, Viégas & Wattenberg (2017), SmoothGrad: removing noise by adding noise",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="N gradients a row and target, for N draws",
        limits="a smoothed slope and no share; noise that leads where no data are asks the network about nonsense",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"noise": Fraction(), "draws": Whole(2), "seed": Whole(0), **PACE}

    def __init__(
        self,
        model: Any,
        *,
        noise: float = 0.15,
        draws: int = 50,
        seed: int = 0,
        batch_size: int = 64,
        progress: bool | None = None,
    ) -> None:
        self.model = model
        self.noise = noise
        self.draws = draws
        self.seed = seed
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()

    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        moments = noisy_gradients(
            leaf,
            target,
            noise=self.noise,
            draws=self.draws,
            seed=self.seed,
            batch_size=self.batch_size,
            label="SmoothGrad",
            progress=self.progress,
        )
        values, shown = leaf.fold(moments.means)
        # of a sum over an embedding, as if its numbers were independent
        variances, _ = leaf.fold({name: np.square(array) for name, array in moments.stderr.items()})
        return Computed(
            values=values,
            base=None,
            stderr=np.sqrt(variances),
            evaluations=self.draws * len(leaf.inputs),
            completeness=NO_SHARES,
            shown=shown,
        )
