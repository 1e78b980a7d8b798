"""Rankings of features and of pairs are Yellowbrick's."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from tests import yellowbrick

from pellucid.effects import FeaturePairRanking, FeatureRanking


@pytest.fixture
def frame(rng):
    a = rng.normal(size=150)
    ties = rng.integers(0, 5, 150).astype(float)
    return pd.DataFrame({"a": a, "b": a**3 + rng.normal(size=150), "skew": rng.lognormal(size=150), "ties": ties})


def ranks(kind, rows, algorithm):
    return kind(ax=plt.subplots()[1], algorithm=algorithm).fit(rows).rank(rows)


@pytest.mark.parametrize("algorithm", ["pearson", "spearman", "kendalltau", "covariance"])
def test_pairs_are_the_same(frame, algorithm):
    ours = FeaturePairRanking(frame, algorithm=algorithm).explain().curves[0].values[..., 0]
    np.testing.assert_allclose(ours, ranks(yellowbrick.Rank2D, frame, algorithm), atol=1e-12)


def test_single_features_are_the_same(frame):
    ours = FeatureRanking(frame).explain()
    assert ours.feature_names == tuple(frame)
    np.testing.assert_allclose(ours.values[:, 0], ranks(yellowbrick.Rank1D, frame, "shapiro"), rtol=1e-12)


def test_a_missing_value_costs_a_row_and_not_the_answer(frame):
    gone = frame.mask(frame["a"] > 2)
    ours = FeaturePairRanking(gone).explain().curves[0].values[..., 0]
    np.testing.assert_allclose(ours, ranks(yellowbrick.Rank2D, gone.dropna(), "pearson"), atol=1e-12)
    assert np.isnan(ranks(yellowbrick.Rank2D, gone, "pearson")).all()
