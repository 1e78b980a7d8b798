"""What the methods share that are made of surrogates around single rows."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.surrogate.neighbourhoods import Neighbourhood, Neighbourhoods, Sampling, neighbourhoods
from pellucid.attribution.surrogate.table_columns import PERCENTILES
from pellucid.attribution.surrogate.table_samples import Columns
from pellucid.core.attribution import Attribution
from pellucid.core.completeness import Check
from pellucid.core.images import Images
from pellucid.core.inputs import Inputs
from pellucid.core.masker import Masker
from pellucid.core.method import Computed, Method, attribute, side_by_side
from pellucid.core.model import Model
from pellucid.core.params import Constraint, Either, Flag, Nothing, OneOf, Whole
from pellucid.core.progress import track
from pellucid.core.receipt import Completeness
from pellucid.core.target import Target, TargetSpec
from pellucid.maskers.adapt import model_and_masker
from pellucid.models import as_model

__all__ = ["SETTINGS", "LocalSurrogates"]

FEATURES = 10
ALL = sys.maxsize
LOCAL = (
    "a surrogate is local: base + Σ values is its own prediction, off the model's by {:.2g} in the median "
    "and {:.2g} at most"
)

#: settings that all of these methods have
SETTINGS: Mapping[str, Constraint] = {
    "samples": Either(Nothing(), Whole(10)),
    "features": Either(OneOf(("auto",)), Nothing(), Whole(1)),
    "discretize": Either(OneOf(tuple(PERCENTILES)), Nothing()),
    "categorical": Columns(),
    "seed": Whole(0),
    "batch_size": Either(Nothing(), Whole(1)),
    "progress": Either(Nothing(), Flag()),
}

Floats = NDArray[np.float64]


class LocalSurrogates(Method):
    """A weighted ridge regression around each row; see :class:`~pellucid.attribution.surrogate.lime.LIME`.

    A subclass stores the settings of ``SETTINGS`` and may have the others, which are LIME's defaults here.
    """

    samples: int | None
    features: int | str | None
    discretize: str | None
    categorical: Any
    seed: int
    batch_size: int | None
    progress: bool | None
    kernel_width: float | None = None
    distance: str | None = None
    selection: str = "auto"
    sample_around_instance: bool = False
    alpha: float = 1.0
    model: Any
    masker: Masker

    def set_model(self, model: Any, background: Any) -> None:
        """Check the settings, then take the model and what absent parts look like."""
        self.check_settings()
        self.categorical = tuple(self.categorical)
        self.model, self.masker = model_and_masker(model, background)

    def conditions(self, rows: Any) -> list[tuple[str, ...]]:
        """What each value is about, in words: ``"2 < age ≤ 5"`` for a column that is cut into bins, a part's name.

        Parameters
        ----------
        rows : as in :meth:`explain`.

        Returns
        -------
        One tuple a row, a text for each column or part.
        """
        model = as_model(self.model, rows=rows)
        return self._near(model, self.masker.read(rows, model)).conditions()

    def local(self, rows: Any, target: TargetSpec, check: Check) -> Attribution:
        """Coefficients around each row, times what they multiply."""
        model = as_model(self.model, rows=rows)
        return attribute(
            self,
            model,
            self.masker.read(rows, model),
            target,
            partial(self._compute, model),
            check=check,
            relative=0.0,
            background=self.masker.describe(),
            seed=self.seed,
        )

    def _near(self, model: Model, inputs: Inputs) -> Neighbourhoods:
        sampling = Sampling(**{field.name: getattr(self, field.name) for field in fields(Sampling)})
        return neighbourhoods(model, self.masker, inputs, sampling)

    def _compute(self, model: Model, inputs: Inputs, target: Target) -> Computed:
        near = self._near(model, inputs)
        fit = partial(self._fitted, most=self._most(inputs))
        found = [fit(one) for one in track(near(target), total=len(inputs), label="LIME", show=self.progress)]
        gaps = np.array([one.gaps for one in found])
        return replace(
            side_by_side([one.computed for one in found]),
            evaluations=near.evaluations,
            completeness=Completeness("not promised", reason=LOCAL.format(np.median(gaps), gaps.max())),
            notes=(_fidelity(np.array([one.r2 for one in found])),),
            shown=self.masker.shown(inputs),
        )

    def _most(self, inputs: Inputs) -> int:
        if isinstance(self.features, int):
            return self.features
        return FEATURES if self.features == "auto" and not isinstance(inputs, Images) else ALL

    def _fitted(self, near: Neighbourhood, most: int) -> _Row:
        columns = np.ascontiguousarray(near.answers.T)
        settings: dict[str, Any] = {"most": most, "selection": self.selection, "alpha": self.alpha}
        fits = [near.ridge.fit(answers, near.own, **settings) for answers in columns]
        values = np.array([one.coefficients for one in fits]).T * near.own[:, np.newaxis]
        stderr = np.array([one.stderr for one in fits]).T * np.abs(near.own)[:, np.newaxis]
        predictions = np.array([one.prediction for one in fits])
        base = predictions - values.sum(axis=0)
        return _Row(
            Computed(values=values[np.newaxis], base=base[np.newaxis], stderr=stderr[np.newaxis]),
            r2=np.array([one.r2 for one in fits]),
            gaps=np.abs(predictions - columns[:, near.ridge.itself]),
        )


@dataclass(frozen=True, eq=False)
class _Row:
    """Surrogates of one row, one a target: what they say; R² and gaps to the model (targets,)."""

    computed: Computed
    r2: Floats
    gaps: Floats


def _fidelity(r2: Floats) -> str:
    return (
        f"fidelity, the weighted R² of the surrogates on perturbed rows: lowest {r2.min():.3g}, "
        f"median {np.median(r2):.3g}, highest {r2.max():.3g}"
    )
