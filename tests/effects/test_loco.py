"""LOCO against loops over folds, and what must come out where it is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, mean_squared_error, r2_score
from sklearn.model_selection import KFold, StratifiedKFold, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid.core.errors import (
    ArgumentTypeError,
    ColumnsError,
    InputError,
    ModelFailedError,
    ParameterError,
)
from pellucid.effects import LOCO


@pytest.fixture
def data(rng):
    X = pd.DataFrame(rng.normal(size=(240, 4)), columns=list("abcd"))
    return X, X["a"] * 2 + X["b"] + 0.3 * rng.normal(size=240)


def falls(model, X, y, dropped, folds, score):
    """(folds,) the score with all columns less that without some, fitted fold by fold."""
    out = []
    for train, test in folds:
        both = []
        for columns in (list(X), [name for name in X if name not in dropped]):
            fitted = clone(model).fit(X.iloc[train][columns], y.iloc[train])
            both.append(score(fitted, X.iloc[test][columns], y.iloc[test]))
        out.append(both[0] - both[1])
    return np.array(out)


def test_it_is_the_mean_fall_over_folds(data):
    X, y = data
    model = LinearRegression().fit(X, y)
    found = LOCO(model, X, y, cv=4, seed=3, scoring=["r2", "neg_mean_squared_error"]).explain()
    folds = list(KFold(4, shuffle=True, random_state=3).split(X))
    for j, name in enumerate("abcd"):
        for k, score in enumerate(
            (lambda m, X, y: r2_score(y, m.predict(X)), lambda m, X, y: -mean_squared_error(y, m.predict(X)))
        ):
            expected = falls(model, X, y, [name], folds, score)
            assert found.values[j, k] == pytest.approx(expected.mean(), abs=1e-12)
            assert found.stderr[j, k] == pytest.approx(expected.std(ddof=1) / 2, abs=1e-12)
    assert found.target_names == ("r2", "neg_mean_squared_error")
    assert found.receipt.unit == "score"
    assert "20 fits in 4 folds; with all features r2 0.9" in found.receipt.notes[0]


def test_classes_keep_their_shares_and_any_splitter_will_do(data):
    X, y = data
    classes = pd.Series(np.where(y > 1.5, "high", "low"))
    model = LogisticRegression().fit(X, classes)
    score = lambda m, X, y: -log_loss(y, m.predict_proba(X))  # noqa: E731
    found = LOCO(model, X, classes, scoring="neg_log_loss", cv=3).explain("a")
    folds = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, classes))
    assert found.values[0, 0] == pytest.approx(falls(model, X, classes, ["a"], folds, score).mean())
    for cv in (TimeSeriesSplit(3), list(TimeSeriesSplit(3).split(X))):
        found = LOCO(model, X, classes, scoring="neg_log_loss", cv=cv).explain("a")
        assert found.values[0, 0] == pytest.approx(
            falls(model, X, classes, ["a"], list(TimeSeriesSplit(3).split(X)), score).mean()
        )


def test_of_two_columns_that_tell_the_same_neither_is_missed_but_both_are(data):
    X, y = data
    X = X.assign(twin=X["a"])
    found = LOCO(LinearRegression().fit(X, y), X, y).explain(["a", "twin", ("a", "twin"), "b"])
    assert found.feature_names == ("a", "twin", "a + twin", "b")
    assert abs(found.values[:2]).max() < 1e-6
    assert found.values[2, 0] > 0.5
    groups = LOCO(LinearRegression().fit(X, y), X, y).explain({"same": ["a", "twin"]})
    assert groups.feature_names == ("same",)
    assert groups.values[0, 0] == found.values[2, 0]


def test_a_column_of_noise_is_not_missed_and_the_linear_fall_is_known(rng):
    X = rng.normal(size=(20_000, 3))
    y = 2 * X[:, 0] + X[:, 1] + 0.1 * rng.normal(size=20_000)
    found = LOCO(LinearRegression().fit(X, y), X, y, scoring="neg_mean_squared_error").explain()
    np.testing.assert_allclose(found.values[:, 0], [4.0, 1.0, 0.0], atol=0.1)


def test_weights_count_in_fits_and_scores(data, rng):
    X, y = data
    twice = rng.integers(0, 3, len(X))
    folds = [(np.arange(120), np.arange(120, 240)), (np.arange(120, 240), np.arange(120))]
    weighted = LOCO(LinearRegression().fit(X, y), X, y, cv=folds, sample_weight=twice.astype(float)).explain()
    copies = np.repeat(np.arange(240), twice)
    again = [(np.flatnonzero(np.isin(copies, a)), np.flatnonzero(np.isin(copies, b))) for a, b in folds]
    X2, y2 = X.iloc[copies].reset_index(drop=True), y.iloc[copies].reset_index(drop=True)
    repeated = LOCO(LinearRegression().fit(X2, y2), X2, y2, cv=again).explain()
    np.testing.assert_allclose(weighted.values, repeated.values, atol=1e-10)


def test_categories_missing_values_polars_and_arrays(data, rng):
    X, y = data
    X = X.assign(kind=pd.Categorical(rng.choice(["u", "v"], 240)))
    X.loc[:20, "a"] = np.nan
    model = HistGradientBoostingClassifier(max_iter=10, categorical_features="from_dtype")
    found = LOCO(model.fit(X, y > 0), X, (y > 0).to_numpy()).explain()
    assert found.ranking()[0] in "ab"
    numbers = X[list("bcd")]
    arrays = LOCO(LinearRegression().fit(numbers.to_numpy(), y), numbers.to_numpy(), y).explain()
    frames = LOCO(LinearRegression().fit(numbers, y), pl.from_pandas(numbers), y.to_numpy()).explain()
    np.testing.assert_allclose(arrays.values, frames.values, atol=1e-12)


def test_a_model_keeps_its_own_fit(data):
    X, y = data
    model = LinearRegression().fit(X, y)
    before = model.coef_.copy()
    LOCO(model, X, y).explain()
    np.testing.assert_array_equal(model.coef_, before)


def test_a_pipeline_that_needs_the_column_says_so(data, rng):
    X, y = data
    X = X.assign(kind=rng.choice(["u", "v"], 240))
    scaled = make_column_transformer((StandardScaler(), list("abcd")), (OneHotEncoder(), ["kind"]))
    model = make_pipeline(scaled, LinearRegression()).fit(X, y)
    with pytest.raises(ModelFailedError, match="Pipeline could not be fitted in fold 0 without a: ValueError"):
        LOCO(model, X, y).explain("a")


def test_bad_input_is_one_sentence(data):
    X, y = data
    model = LinearRegression().fit(X, y)
    with pytest.raises(ArgumentTypeError, match="cannot be cloned and fitted"):
        LOCO(lambda X: X.sum(axis=1).to_numpy(), X, y)
    with pytest.raises(InputError, match="cv: the 240 rows cannot be split so"):
        LOCO(model, X, y, cv=500)
    with pytest.raises(InputError, match="y must hold one value"):
        LOCO(model, X, y[:5])
    with pytest.raises(InputError, match="sample_weight"):
        LOCO(model, X, y, sample_weight=-np.ones(240))
    with pytest.raises(ColumnsError, match="no column"):
        LOCO(model, X, y).explain("z")
    with pytest.raises(ParameterError, match="there is nothing to learn from"):
        LOCO(model, X, y).explain({"all": list("abcd")})
    with pytest.raises(ParameterError, match="choose with scoring="):
        LOCO(model, X, y).explain(target=0)


def test_a_class_absent_from_a_fold_is_named_and_fails_where_the_scorer_needs_it(data):
    X, y = data
    classes = np.where(np.arange(240) < 2, "rare", np.where(y > 0, "high", "low"))
    model = LogisticRegression().fit(X, classes)
    folds = [(np.arange(240), np.arange(240)), (np.arange(2, 240), np.arange(20))]
    with pytest.raises(
        ModelFailedError, match=r"^in fold 1 with all features, scoring: 'neg_log_loss' raised"
    ) as caught:
        LOCO(model, X, classes, scoring="neg_log_loss", cv=folds).explain("a")
    assert "\n" not in str(caught.value)
    found = LOCO(model, X, classes, cv=folds).explain("a")
    assert found.receipt.notes[1:] == ("absent from the training rows of some folds: rare",)
    found = LOCO(model, X, classes, cv=5).explain("a")
    assert found.receipt.notes[1:] == ("absent from the test rows of some folds: rare",)


def test_a_training_fold_of_one_class_and_a_scorer_that_fails_on_a_fold_are_named(data):
    X, y = data
    X, classes = X.sort_values("a"), np.sort(np.where(y > 0, "high", "low"))
    model = LogisticRegression().fit(X, classes)
    with pytest.raises(ModelFailedError, match="LogisticRegression could not be fitted in fold 1 with all features: "):
        LOCO(model, X, classes, cv=[(np.arange(240), np.arange(50)), (np.arange(50), np.arange(240))]).explain("a")

    def fails_without_b(estimator, rows, y):
        if "b" not in rows and len(rows) == 60 and rows.index[0] != first:
            raise RuntimeError("no\nb")
        return 1.0

    first = X.index[np.arange(60)][0]
    with pytest.raises(ModelFailedError, match=r"^in fold 1 without b, scoring: 'fails_without_b' raised") as caught:
        LOCO(model, X, classes, scoring=fails_without_b, cv=KFold(4)).explain("b")
    assert str(caught.value).endswith("RuntimeError: no b; check that it suits the model and y.")


def test_one_fold_has_no_standard_error(data):
    X, y = data
    found = LOCO(LinearRegression().fit(X, y), X, y, cv=[(np.arange(100), np.arange(100, 240))]).explain("a")
    assert np.isnan(found.stderr).all()
