"""Rankings of pairs against pandas, which leaves missing values out pair by pair."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pellucid
from pellucid.core.errors import ColumnsError, ModelFailedError, ParameterError, PellucidError
from pellucid.effects import FeaturePairRanking

RNG = np.random.default_rng(2)
FRAME = pd.DataFrame(RNG.normal(size=(90, 3)) @ RNG.normal(size=(3, 5)), columns=list("abcde"))
FRAME["b"] = FRAME["b"].round()
FRAME.loc[::7, "a"] = np.nan
FRAME.loc[::5, "d"] = np.nan


@pytest.mark.parametrize(
    ("algorithm", "pandas"), [("pearson", "pearson"), ("spearman", "spearman"), ("kendalltau", "kendall")]
)
def test_correlations_are_those_of_pandas(algorithm, pandas):
    effect = FeaturePairRanking(FRAME, algorithm=algorithm).explain()
    np.testing.assert_allclose(effect.curves[0].values[..., 0], FRAME.corr(pandas), atol=1e-12)
    known = FRAME.notna().to_numpy(dtype=float)
    np.testing.assert_array_equal(effect.curves[0].counts, known.T @ known)


def test_covariances_are_those_of_pandas():
    values = FeaturePairRanking(FRAME, algorithm="covariance").explain().curves[0].values[..., 0]
    np.testing.assert_allclose(values, FRAME.cov(), atol=1e-12)


def test_a_function_is_asked_about_each_pair_where_both_are_known():
    def rows(a, b):
        return len(a) + 0 * len(b)

    effect = FeaturePairRanking(FRAME, algorithm=rows).explain()
    np.testing.assert_array_equal(effect.curves[0].values[..., 0], effect.curves[0].counts)
    assert effect.target_names == ("rows",)


def test_pairs_are_listed_and_found_by_name(tmp_path):
    ranking = FeaturePairRanking(FRAME)
    pairs, effect = ranking.pairs(), ranking.explain()
    assert len(pairs) == 10
    first = pairs.ranking()[0].split(" × ")
    assert effect.at(("feature", "other"), first[:1], first[1:])[0, 0] == pairs.values.max()
    effect.save(tmp_path / "found.npz")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "found.npz").curves[0].values, effect.curves[0].values)
    assert (effect.receipt.model, effect.receipt.evaluations) == ("none", 0)
    assert effect.describe().startswith("Over 90 rows")
    assert effect.describe(language="zh")


@pytest.mark.parametrize("kind", ["polars", "numpy"])
def test_every_kind_of_table_gives_the_same(kind):
    rows = pl.from_pandas(FRAME) if kind == "polars" else FRAME.to_numpy()
    values = FeaturePairRanking(rows).explain().curves[0].values
    np.testing.assert_array_equal(values, FeaturePairRanking(FRAME).explain().curves[0].values)


def test_booleans_and_dates_count_and_categories_are_left_out_aloud():
    frame = pd.DataFrame(
        {
            "day": pd.to_datetime("2024-01-01") + pd.to_timedelta(np.arange(20), unit="D"),
            "late": pd.array([k > 9 for k in range(20)], dtype="boolean"),
            "count": pd.array([None, *range(19)], dtype="Int64"),
            "town": ["x", "y"] * 10,
            "same": 1.0,
            "none": np.nan,
        }
    )
    effect = FeaturePairRanking(frame).explain()
    values = effect.curves[0].values[..., 0]
    assert values[0, 2] == pytest.approx(1)
    assert values[0, 1] == pytest.approx(np.corrcoef(np.arange(20), np.arange(20) > 9)[0, 1])
    assert np.isnan(values[3:]).all()
    assert effect.receipt.notes == ("categories are left out: town",)
    effect.plot()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_forty_features_are_drawn_and_of_more_the_rest_is_counted(theme):
    rows = RNG.normal(size=(50, 43))
    ax = FeaturePairRanking(rows).explain().plot(theme=theme)
    assert ax.images[0].get_array().shape == (39, 39)
    assert ax.get_title(loc="left") == "3 features that go together least are not drawn"
    small = FeaturePairRanking(rows[:, :4]).explain().plot()
    assert sum(text.get_text() != "" for text in small.texts) == 6


def breaks(a, b):
    raise RuntimeError("no")


@pytest.mark.parametrize(
    ("settings", "features", "error"),
    [
        ({"algorithm": "cosine"}, None, ParameterError),
        ({"algorithm": breaks}, None, ModelFailedError),
        ({"algorithm": lambda a, b: "much"}, None, ModelFailedError),
        ({"X": FRAME.assign(e="word")}, ["a", "e"], ParameterError),
        ({}, ["a"], ParameterError),
        ({}, ["a", "a"], ParameterError),
        ({}, ["a", "horse"], ColumnsError),
        ({"X": None}, None, PellucidError),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(settings, features, error):
    given = {"X": FRAME} | settings
    with pytest.raises(error) as caught:
        FeaturePairRanking(given.pop("X"), **given).explain(features)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
