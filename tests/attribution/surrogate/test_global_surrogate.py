"""Global surrogates: exact where the model is one, fidelity from its definition, rules that say what they compute."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeRegressor

from pellucid.attribution import GlobalSurrogate
from pellucid.core.errors import ParameterError
from pellucid.core.tables import read_table
from pellucid.maskers import Text

X, Y = load_diabetes(return_X_y=True)
FOREST = RandomForestRegressor(10, max_depth=6, random_state=0).fit(X, Y)


def test_a_linear_model_is_imitated_exactly():
    model = LinearRegression().fit(X, Y)
    method = GlobalSurrogate(model, X[:200], kind="linear")
    found = method.explain(X[200:])
    np.testing.assert_allclose(method.imitation().coefficients[:, 0], model.coef_, rtol=1e-8)
    np.testing.assert_allclose(found.values[:, 0], np.abs(model.coef_) * X[:200].std(axis=0), rtol=1e-8)
    assert found.receipt.notes[0].endswith(" 1")


def test_a_shallow_tree_is_imitated_exactly():
    model = DecisionTreeRegressor(max_depth=2, random_state=0, min_samples_leaf=20).fit(X, Y)
    imitation = GlobalSurrogate(model, X, depth=2).imitation()
    np.testing.assert_allclose(imitation.predict(read_table(X))[:, 0], model.predict(X), rtol=1e-10)
    assert len(imitation.lines()) == 4


@pytest.mark.parametrize("kind", ["linear", "tree"])
def test_fidelity_is_r2_on_the_rows_that_are_passed(kind):
    method = GlobalSurrogate(FOREST, X[:300], kind=kind)
    found = method.explain(X[300:])
    imitated = method.imitation().predict(read_table(X[300:]))
    assert f" {r2_score(FOREST.predict(X[300:]), imitated[:, 0]):.3g}" in found.receipt.notes[0]
    assert "on 142 rows:" in found.receipt.notes[0]
    assert "which it learnt from" in method.explain(X[:300]).receipt.notes[0]


def test_fidelity_of_a_classifier_says_how_often_it_agrees():
    data, classes = load_iris(return_X_y=True)
    model = RandomForestClassifier(10, random_state=0).fit(data, classes)
    method = GlobalSurrogate(model.predict_proba, data[::2], depth=3)
    found = method.explain(data[1::2])
    imitated = method.imitation().predict(read_table(data[1::2]))
    same = (imitated.argmax(axis=1) == model.predict_proba(data[1::2]).argmax(axis=1)).mean()
    assert found.values.shape == (4, 3)
    assert f"{same:.1%}" in found.receipt.notes[1]
    assert same > 0.9


def test_importance_of_a_tree_is_the_variance_that_its_splits_remove():
    method = GlobalSurrogate(FOREST, X, depth=3)
    imitated = method.imitation().predict(read_table(X))[:, 0]
    found = method.explain(X).values[:, 0]
    np.testing.assert_allclose((found**2).sum(), imitated.var(), rtol=1e-10)


def test_weights_count_as_repeated_rows():
    counts = np.random.default_rng(0).integers(1, 4, 100)
    for kind in ("linear", "tree"):
        weighted = GlobalSurrogate(FOREST, (X[:100], counts), kind=kind, depth=2).imitation()
        repeated = GlobalSurrogate(FOREST, np.repeat(X[:100], counts, axis=0), kind=kind, depth=2).imitation()
        table = read_table(X[100:200])
        np.testing.assert_allclose(weighted.predict(table), repeated.predict(table), rtol=1e-8)


def test_categories_missing_numbers_and_dates_are_read_and_said():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "fuel": pd.Categorical(rng.choice(["gas", "oil", "wind"], 300)),
            "age": np.where(rng.random(300) < 0.3, np.nan, rng.normal(40, 10, 300)),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 300), unit="D"),
        }
    )

    def price(rows):
        return (rows["fuel"] == "oil") * 4.0 + rows["age"].isna() * 2.0 + (rows["day"] > "2024-06-01") * 1.0

    tree = GlobalSurrogate(price, frame[:200])
    found = tree.explain(frame[200:])
    assert found.ranking() == ["fuel", "age", "day"]
    said = " ".join(tree.imitation().lines())
    assert "fuel = oil" in said
    assert "fuel ≠ oil" in said
    assert "age is missing" in said
    assert "day ≤ 2024-0" in said
    line = GlobalSurrogate(price, frame[:200], kind="linear").imitation().lines()[0]
    assert line.startswith("output = ")
    assert "[age is missing]" in line
    np.testing.assert_allclose(tree.imitation().predict(read_table(frame[200:]))[:, 0], price(frame[200:]), atol=0.3)


def test_a_masker_without_rows_is_refused():
    with pytest.raises(ParameterError, match="averages over background rows"):
        GlobalSurrogate(FOREST, Text())
