"""ALE is PyALE's where its quantiles are the paper's: rows a multiple of the grid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import PyALE
import pytest

from pellucid.effects import ALE


class Model:
    def predict(self, X):
        return (X["a"] ** 2 + X["a"] * X["b"] + 2.0 * X.get("kind", 0.0)).to_numpy()


@pytest.fixture
def frame(rng):
    a = rng.normal(size=240)
    return pd.DataFrame({"a": a, "b": a + rng.normal(size=240)})


@pytest.mark.parametrize("intervals", [4, 20, 60])
def test_curves_of_numbers_agree(frame, intervals):
    theirs = PyALE.ale(X=frame, model=Model(), feature=["a"], grid_size=intervals, plot=False)
    ours = ALE(Model().predict, frame, grid=intervals).explain("a").curves[0]
    np.testing.assert_array_equal(ours.axes[0].at, theirs.index)
    np.testing.assert_allclose(ours.values[:, 0], theirs["eff"], atol=1e-12)


@pytest.mark.parametrize("intervals", [3, 5, 20])
def test_surfaces_agree_empty_cells_included(frame, intervals):
    theirs = PyALE.ale(X=frame, model=Model(), feature=["a", "b"], grid_size=intervals, plot=False)
    ours = ALE(Model().predict, frame, grid=intervals).explain(("a", "b")).curves[0]
    np.testing.assert_allclose(ours.values[:, :, 0], theirs.to_numpy(), atol=1e-9)


def test_ordered_categories_agree(frame):
    X = frame.assign(kind=np.digitize(frame["b"], [-1.0, 0.0, 1.0]).astype(float))
    model = lambda rows: Model().predict(rows.assign(kind=rows["kind"].astype(float)))  # noqa: E731
    theirs = PyALE.ale(X=X, model=Model(), feature=["kind"], feature_type="discrete", plot=False)
    levels = X.assign(kind=X["kind"].astype(str))
    order = [str(level) for level in theirs.index]
    ours = ALE(model, levels, order={"kind": order}).explain("kind").curves[0]
    np.testing.assert_allclose(ours.values[:, 0], theirs["eff"], atol=1e-12)
