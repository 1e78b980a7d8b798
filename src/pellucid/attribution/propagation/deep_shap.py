"""Each input's share of the difference from a background: DeepLIFT from each of its rows, averaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.gradient.backgrounds import background_words, read_background
from pellucid.attribution.gradient.frame import PACE, NetworkMethod
from pellucid.attribution.gradient.gradients import drawn_blocks, pick
from pellucid.attribution.gradient.reducers import Moments
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.model import Model
from pellucid.core.network import Leaf, Pulled
from pellucid.core.params import Constraint
from pellucid.core.target import Target
from pellucid.core.tensors import Points

__all__ = ["DeepSHAP"]


class DeepSHAP(NetworkMethod):
    """DeepLIFT's shares, averaged over the rows of a background.

    ``φ_i = mean over b of (x_i − b_i) · m_i(x, b)``, so that ``Σ φ_i = f_t(x) − mean f_t(b)``

    Shapley values of a network that is linear or has one input; for others a quick approximation, whose sum is right to
    rounding. Known to shap's users as DeepExplainer.

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    background : rows as the network takes them, for instance 100 of the training data.
    batch_size : the most pairs of a row and a background row the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, or a setting outside what it may be.

    Source
    ------
    Lundberg & Lee (2017), "A unified approach to interpreting model predictions", section 4.2; Chen, Lundberg & Lee
    (2022), "Explaining a series of models by propagating Shapley values".
    """

    card: ClassVar[Card] = Card(
        summary="DeepLIFT's shares of the difference from a background, averaged over its rows",
        paper="Lundberg & Lee (2017), A unified approach to interpreting model predictions",
        explains="Attribution",
        needs="network",
        background="required",
        completeness="checked",
        cost="one gradient and two outputs for each row, background row and target",
        limits="no Shapley values where inputs meet in a product or an activation, however exact the sum",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = PACE

    def __init__(
        self, model: Any, background: Any = None, *, batch_size: int = 64, progress: bool | None = None
    ) -> None:
        self.model = model
        self.background = background
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()

    def absent(self, model: Model) -> Mapping[str, object]:
        return background_words(read_background("DeepSHAP", self.background, model))

    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        points = leaf.of(read_background("DeepSHAP", self.background, model))
        rows, count = len(leaf.inputs), len(next(iter(points.values())))
        moments = Moments(leaf, len(target.names))
        base = np.zeros((rows, len(target.names)))
        for some, drawn in drawn_blocks(rows, count, self.batch_size, label="DeepSHAP", progress=self.progress):
            pulled, shares = _pairs(leaf, target, some, pick(points, drawn))
            moments.add(some, shares)
            if pulled.base is not None:
                base[some] += pulled.base.reshape(len(some), len(drawn), -1).sum(axis=1)
        values, shown = leaf.fold(moments.means)
        return Computed(values=values, base=base / count, evaluations=2 * rows * count, shown=shown)


def _pairs(leaf: Leaf, target: Target, rows: NDArray[np.intp], starts: Points) -> tuple[Pulled, Points]:
    """Each row with each of some background rows, and their shares, part → (rows · starts, *shape, targets)."""
    from pellucid.models.torch.rules import Multipliers

    count = len(next(iter(starts.values())))
    index = np.repeat(rows, count)
    here = pick(leaf.values, index)
    first = pick(starts, np.tile(np.arange(count), len(rows)))
    pulled = leaf.pull(index, here, target, rules=Multipliers(), reference=first)
    return pulled, {
        name: (here[name] - first[name])[..., np.newaxis] * slopes for name, slopes in pulled.gradients.items()
    }
