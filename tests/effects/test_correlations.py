"""Correlations against scipy's on repeated rows, and rankings and bins with weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pellucid.core.errors import InputError, ParameterError
from pellucid.effects import FeaturePairRanking, FeatureRanking, PredictionPlot, TargetPlot
from pellucid.effects.correlations import covariance, kendall, pearson, spearman

RNG = np.random.default_rng(1)
N = 60
A, B = RNG.integers(0, 12, N).astype(float), RNG.integers(0, 9, N).astype(float)
TIMES = RNG.integers(0, 4, N)
MANY_A, MANY_B = np.repeat(A, TIMES), np.repeat(B, TIMES)
SCIPY = {
    pearson: lambda a, b: stats.pearsonr(a, b).statistic,
    spearman: lambda a, b: stats.spearmanr(a, b).statistic,
    kendall: lambda a, b: stats.kendalltau(a, b).statistic,
    covariance: lambda a, b: np.cov(a, b)[0, 1],
}
FRAME = pd.DataFrame({"a": A, "b": B, "c": RNG.normal(size=N), "town": RNG.choice(["x", "y"], N)})
FRAME.loc[::7, "c"] = np.nan
MANY = FRAME.loc[np.repeat(np.arange(N), TIMES)].reset_index(drop=True)


@pytest.mark.parametrize("measure", SCIPY, ids=lambda one: one.__name__)
def test_whole_weights_are_repeated_rows_to_scipy(measure):
    assert measure(A, B) == pytest.approx(SCIPY[measure](A, B))
    kept = TIMES > 0
    assert measure(A[kept], B[kept], TIMES[kept].astype(float)) == pytest.approx(SCIPY[measure](MANY_A, MANY_B))


def test_two_rows_of_weights_p_and_q_have_their_closed_forms():
    weights = np.array([3.0, 1.5])
    assert covariance(np.array([0.0, 1.0]), np.array([0.0, 2.0]), weights) == pytest.approx(2 * 3 * 1.5 / 4.5 / 3.5)
    for measure in (pearson, spearman, kendall):
        assert measure(np.array([0.0, 1.0]), np.array([5.0, 2.0]), weights) == pytest.approx(-1)
    assert np.isnan(covariance(np.array([0.0, 1.0]), np.array([0.0, 2.0]), np.array([0.5, 0.5])))


@pytest.mark.parametrize("algorithm", ["pearson", "spearman", "kendalltau", "covariance"])
def test_rankings_of_weighted_rows_are_those_of_repeated_ones(algorithm):
    weighted = FeaturePairRanking(FRAME, algorithm=algorithm, sample_weight=TIMES).explain()
    repeated = FeaturePairRanking(MANY, algorithm=algorithm).explain()
    np.testing.assert_allclose(weighted.curves[0].values, repeated.curves[0].values, rtol=1e-10)
    y = np.where(A > 5, "high", "low")
    one = FeatureRanking(FRAME, y, algorithm=algorithm, sample_weight=TIMES).explain()
    two = FeatureRanking(MANY, np.repeat(y, TIMES), algorithm=algorithm).explain()
    np.testing.assert_allclose(one.values, two.values, rtol=1e-10)
    np.testing.assert_allclose(
        FeaturePairRanking(FRAME, algorithm=algorithm, sample_weight=TIMES).pairs().values,
        FeaturePairRanking(MANY, algorithm=algorithm).pairs().values,
    )


def test_variance_and_functions_are_given_the_weights():
    found = FeatureRanking(FRAME, algorithm="variance", sample_weight=TIMES).explain(["a", "c"])
    np.testing.assert_allclose(found.values[:, 0], MANY[["a", "c"]].var(), rtol=1e-12)

    def heaviest(a, b, weights):
        return a[np.argmax(weights)] + weights.max()

    found = FeaturePairRanking(FRAME[["a", "b"]], algorithm=heaviest, sample_weight=TIMES).pairs()
    assert found.values[0, 0] == A[TIMES == 3][0] + 3


@pytest.mark.parametrize("features", ["a", "town", ("a", "town")])
def test_bins_of_weighted_rows_are_those_of_repeated_ones(features):
    edges = {"a": [0, 4, 8, 12]}

    def model(rows):
        return rows["a"].to_numpy() * 1.5 + rows["b"].to_numpy()

    one = PredictionPlot(model, FRAME, edges=edges, sample_weight=TIMES).explain(features).curves[0]
    two = PredictionPlot(model, MANY, edges=edges).explain(features).curves[0]
    for part in ("values", "low", "high"):
        np.testing.assert_allclose(getattr(one, part), getattr(two, part), rtol=1e-12)
    np.testing.assert_allclose(one.axes[0].share, two.axes[0].share)
    one = TargetPlot(FRAME, B, edges=edges, sample_weight=TIMES).explain(features).curves[0]
    two = TargetPlot(MANY, MANY_B, edges=edges).explain(features).curves[0]
    np.testing.assert_allclose(one.values, two.values, rtol=1e-12)


def test_weights_that_cannot_be_used_are_refused():
    with pytest.raises(ParameterError, match="'shapiro' knows no weights; choose another algorithm"):
        FeatureRanking(FRAME, sample_weight=TIMES)
    for method in (FeaturePairRanking, lambda X, **how: FeatureRanking(X, algorithm="variance", **how)):
        with pytest.raises(InputError, match="sample_weight"):
            method(FRAME, sample_weight=-np.ones(N))
    with pytest.raises(InputError, match="sample_weight"):
        PredictionPlot(lambda rows: np.zeros(len(rows)), FRAME, sample_weight=np.zeros(N))
