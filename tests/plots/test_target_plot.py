"""What target plots show and refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pellucid.core.effect_axis import Axis
from pellucid.core.errors import ParameterError
from pellucid.effects import TargetPlot
from pellucid.plots.matrix import place_names

FRAME = pd.DataFrame({"a": np.arange(40.0), "b": ["x", "y"] * 20})
Y = np.arange(40) % 3


def test_bins_are_named_by_where_they_start_and_end():
    at = np.nextafter([0.0001, 0.25, 1.5], -np.inf)
    assert place_names(Axis("a", "steps", at, False, np.full(4, 0.25))) == ["< 0", "0 – 0.25", "0.25 – 1.5", "≥ 1.5"]
    day = np.array(["2024-02-01"], dtype="datetime64[us]") - np.timedelta64(1, "us")
    assert place_names(Axis("d", "steps", day, True, np.array([0.5, 0.3, 0.2])))[1:] == ["≥ 2024-02-01", "missing"]


def test_cells_hold_their_numbers_of_rows_and_empty_ones_nothing():
    ax = TargetPlot(FRAME[:30], Y[:30], edges={"a": [0, 10, 29]}).explain(("a", "b")).plot()
    assert [text.get_text() for text in ax.texts] == ["5", "10", "5", "10"]
    kept = FRAME["a"].ge(10) | FRAME["b"].eq("x")
    ax = TargetPlot(FRAME[kept], Y[kept], edges={"a": [0, 10, 39]}).explain(("a", "b")).plot()
    assert [text.get_text() for text in ax.texts] == ["15", "5", "15"]


def test_a_pair_of_several_targets_asks_for_one():
    effect = TargetPlot(FRAME, np.array(["p", "q", "r"])[Y]).explain(("a", "b"))
    with pytest.raises(ParameterError, match="pass target= one of them"):
        effect.plot()
    assert effect.plot(target="q").images
