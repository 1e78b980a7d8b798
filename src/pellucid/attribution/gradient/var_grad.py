"""How much the gradient varies around the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pellucid.attribution.gradient.frame import PACE, NetworkMethod
from pellucid.attribution.gradient.noise import noisy_gradients
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.model import Model
from pellucid.core.network import Leaf
from pellucid.core.params import Constraint, Fraction, Whole
from pellucid.core.receipt import Completeness
from pellucid.core.target import Target

__all__ = ["VarGrad"]

NO_SHARES = Completeness("not promised", reason="a variance of slopes is no share of the output")


class VarGrad(NetworkMethod):
    """The variance of the gradient over Gaussian noise around the row.

    ``V_i = 1/(N − 1) · Σ_k (∂f_t/∂x_i (x + ε_k) − mean)²``, never negative; of a token the sum over its embedding

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    noise : standard deviation as a part of the range of a row's numbers.
    draws : how many, N.
    seed : of the draws; the same seed gives the same draws for any batch size.
    batch_size : the most points the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Adebayo, Gilmer, Goodfellow & Kim (2018), "Local explanation methods for deep neural networks lack sensitivity to
    parameter values".
    """

    card: ClassVar[Card] = Card(
        summary="How much the gradient varies around the row",
        paper="Adebayo, Gilmer, Goodfellow & Kim (2018), Local explanation methods for deep neural networks lack "
        "sensitivity to parameter values",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="N gradients a row and target, for N draws",
        limits="has no sign; where the network is linear it is zero, however much an input matters",
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
            label="VarGrad",
            progress=self.progress,
        )
        values, shown = leaf.fold(moments.variances)
        evaluations = self.draws * len(leaf.inputs)
        return Computed(values=values, base=None, evaluations=evaluations, completeness=NO_SHARES, shown=shown)
