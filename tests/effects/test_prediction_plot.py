"""Prediction plots against pandas' own bins and quantiles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from pellucid.core.errors import ParameterError, PellucidError
from pellucid.effects import PredictionPlot

RNG = np.random.default_rng(5)
FRAME = pd.DataFrame(RNG.normal(size=(300, 3)), columns=["a", "b", "c"])
MODEL = LinearRegression().fit(FRAME, FRAME @ [1.0, 2.0, 0.5])


def test_medians_and_quartiles_are_those_of_pandas():
    found = PredictionPlot(MODEL, FRAME, bins=6).explain("b").curves[0]
    groups = pd.Series(MODEL.predict(FRAME)).groupby(pd.qcut(FRAME["b"], 6).cat.codes)
    for part, level in ((found.values, 0.5), (found.low, 0.25), (found.high, 0.75)):
        np.testing.assert_allclose(part[:, 0], groups.quantile(level), rtol=1e-12)
    np.testing.assert_array_equal(found.counts, groups.size())


def test_a_pair_has_the_quantiles_of_each_cell():
    found = PredictionPlot(MODEL, FRAME, edges={"a": [-9, 0, 9], "b": [-9, 0, 9]}, spread=0.8).explain(("a", "b"))
    groups = pd.Series(MODEL.predict(FRAME)).groupby([FRAME["a"] >= 0, FRAME["b"] >= 0])
    curve = found.curves[0]
    np.testing.assert_allclose(curve.high[..., 0].ravel(), groups.quantile(0.9), rtol=1e-12)
    assert found.receipt.evaluations == 300
    assert found.plot().get_title(loc="left") == "rows in each cell"


def test_any_batch_size_and_any_output_give_the_same():
    def two(rows):
        return np.column_stack([rows["a"], rows["b"] ** 2])

    whole = PredictionPlot(two, FRAME).explain("c")
    parts = PredictionPlot(two, FRAME, batch_size=7).explain("c", target=1)
    np.testing.assert_array_equal(whole.curves[0].values[:, [1]], parts.curves[0].values)


@pytest.mark.parametrize("settings", [{"bins": 0}, {"spread": 2.0}, {"batch_size": 0}, {"levels": 0}])
def test_settings_are_checked(settings):
    with pytest.raises(ParameterError, match=f"^PredictionPlot: {next(iter(settings))} must be"):
        PredictionPlot(MODEL, FRAME, **settings)


def test_one_output_a_row_is_refused():
    with pytest.raises(PellucidError, match="all rows need the same output"):
        PredictionPlot(MODEL, FRAME).explain(target="predicted")
