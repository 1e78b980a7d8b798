"""What goes beside an explanation on a page: curves of leading columns, and how good a classifier's decisions are."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

import numpy as np

from pellucid.core.attribution import Attribution
from pellucid.core.effect import Effect
from pellucid.core.errors import UnsupportedModelError
from pellucid.core.model import Model
from pellucid.effects.ale import ALE
from pellucid.effects.partial_dependence import PartialDependence
from pellucid.performance.calibration import Calibration
from pellucid.performance.cumulative_gain import CumulativeGain
from pellucid.performance.discrimination_threshold import DiscriminationThreshold

__all__ = ["leading_effects", "leading_performance"]

#: classes that are judged one by one, the most frequent
_CLASSES = 4


def leading_effects(model: Model, rows: Any, explanation: Attribution, *, most: int) -> list[Effect]:
    """Curves of the columns that matter most over these rows: partial dependence of trees, ALE of other models.

    Parameters
    ----------
    explanation : says which columns matter, and of which outputs; groups of columns have no curves.
    most : how many columns.
    """
    table = model.table(rows)
    sizes = explanation.importance().values.sum(axis=1)
    ordered = [explanation.feature_names[j] for j in np.argsort(-sizes, kind="stable") if sizes[j] > 0]
    leading = [name for name in ordered if name in table.names][:most]
    target = [name for name in explanation.target_names if name in model.output_names] or None
    if not leading or len(table) < 2:
        return []
    if model.trees is not None:
        with suppress(UnsupportedModelError):
            return [PartialDependence(model, table, progress=False).explain(leading, target)]
    return [ALE(model, table, progress=False).explain(leading, target)]


def leading_performance(model: Model, rows: Any, y: Any) -> list[Effect]:
    """How good a classifier's decisions about rows are: calibration, decisions at every threshold, cumulative gain.

    The model is judged as it is; none where it is no classifier or all rows are of one class. Of many classes the most
    frequent are judged, and thresholds are of two classes alone.

    Parameters
    ----------
    y : (rows,) class of each.
    """
    counted = Counter(np.asarray(y).ravel().tolist())
    if model.classes is None or len(counted) < 2:
        return []
    table = model.table(rows)
    classes = None if len(model.classes) <= _CLASSES else [label for label, _ in counted.most_common(_CLASSES)]
    views: list[Effect] = []
    with suppress(UnsupportedModelError):
        views.append(Calibration(model, table, y).explain(classes))
    if len(model.classes) == 2:
        with suppress(UnsupportedModelError):
            views.append(DiscriminationThreshold(model, table, y, refit=False, progress=False).explain())
    with suppress(UnsupportedModelError):
        views.append(CumulativeGain(model, table, y).explain(classes))
    return views
