"""Rankings of features against scipy and pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pellucid.core.errors import ColumnsError, InputError, ModelFailedError, ParameterError
from pellucid.effects import FeatureRanking

RNG = np.random.default_rng(4)
FRAME = pd.DataFrame(
    {"n": RNG.normal(size=120), "e": RNG.exponential(size=120), "few": RNG.integers(0, 3, 120).astype(float)}
)
FRAME.loc[::9, "e"] = np.nan
Y = pd.Series(FRAME["n"] ** 3 + RNG.normal(size=120), name="y")


def test_shapiro_is_that_of_scipy_without_missing_values():
    found = FeatureRanking(FRAME).explain()
    expected = [stats.shapiro(FRAME[name].dropna()).statistic for name in FRAME]
    np.testing.assert_allclose(found.values[:, 0], expected, rtol=1e-12)
    assert found.ranking()[0] == "n"
    assert found.receipt.model == "none"


def test_the_variance_is_that_of_pandas():
    np.testing.assert_allclose(FeatureRanking(FRAME, algorithm="variance").explain().values[:, 0], FRAME.var())


@pytest.mark.parametrize("algorithm", ["pearson", "spearman", "kendalltau", "covariance"])
def test_measures_with_y_are_those_of_pandas(algorithm):
    found = FeatureRanking(FRAME, Y, algorithm=algorithm).explain()
    frame = FRAME.assign(y=Y)
    name = {"kendalltau": "kendall"}.get(algorithm, algorithm)
    expected = frame.cov()["y"] if name == "covariance" else frame.corr(name)["y"]
    np.testing.assert_allclose(found.values[:, 0], expected[list(FRAME)], rtol=1e-10)


def test_classes_have_a_value_each_and_a_function_gets_both_arrays():
    labels = np.where(Y > 0.5, "high", np.where(Y > -0.5, "middle", "low"))
    found = FeatureRanking(FRAME, labels, algorithm="pearson").explain()
    assert found.target_names == ("high", "low", "middle")
    assert found.values[0, 1] == pytest.approx(np.corrcoef(FRAME["n"], labels == "low")[0, 1])
    one = FeatureRanking(FRAME, labels, algorithm="pearson").explain(target="low")
    np.testing.assert_array_equal(one.values, found.values[:, [1]])
    both = FeatureRanking(FRAME, Y, algorithm=lambda a, b: len(a) / len(b)).explain()
    np.testing.assert_array_equal(both.values, 1)
    alone = FeatureRanking(FRAME, algorithm=np.median).explain()
    np.testing.assert_allclose(alone.values[:, 0], FRAME.median())


def test_features_without_a_value_are_left_out_aloud_and_none_is_summed():
    frame = FRAME.assign(same=1.0, none=np.nan, word="a")
    found = FeatureRanking(frame).explain()
    assert found.feature_names == ("n", "e", "few")
    assert found.receipt.notes[0] == "categories are left out: word"
    assert found.receipt.notes[1].endswith("not known of them: same, none")
    ax = found.plot(max_display=2)
    assert "1 smaller not drawn" in ax.get_xlabel()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["n", "e"]
    said = found.describe()
    assert "total" not in said
    assert "model" not in said
    assert found.describe(language="zh")


@pytest.mark.parametrize(
    ("settings", "features", "error"),
    [
        ({"algorithm": "pearson"}, None, ParameterError),
        ({"algorithm": "cosine"}, None, ParameterError),
        ({"algorithm": max, "y": Y}, None, ModelFailedError),
        ({"y": Y[:9], "algorithm": "pearson"}, None, InputError),
        ({"X": FRAME.assign(e="word")}, "e", ParameterError),
        ({"X": pd.DataFrame({"same": [1.0] * 9})}, None, InputError),
        ({}, "horse", ColumnsError),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(settings, features, error):
    given = {"X": FRAME} | settings
    with pytest.raises(error) as caught:
        FeatureRanking(given.pop("X"), **given).explain(features)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
