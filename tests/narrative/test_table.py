"""Tables of leading numbers: what stands in them, that they fit a terminal, that nothing in them is code."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import pellucid
from pellucid.core.errors import ArgumentTypeError, ParameterError
from pellucid.core.importance import Importance
from pellucid.core.lettering import display_columns
from pellucid.effects import ModelWeights, PartialDependence


@pytest.fixture
def weights(make):
    receipt = make([[[0.0]]], names=["x"], targets=("spam",), unit="log-odds per unit").receipt
    values = np.array([[0.5], [-2.0], [0.0], [12.34], [-0.001], [3.0]])
    errors = np.array([[np.nan], [0.25], [np.nan], [1.5], [0.0002], [np.nan]])
    return Importance(receipt, values, errors, ("a", "bb", "c", "d", "e", "f"))


def test_what_raises_stands_above_what_lowers_and_the_rest_is_counted(weights):
    assert str(weights.table(top=3)).split("\n") == [
        "spam, in log-odds per unit",
        " +12.3   ± 1.5  d",
        " +3.00          f",
        "                … 1 more raise, 1 more lower, 1 more are 0",
        " −2.00  ± 0.25  bb",
    ]
    everything = str(weights.table(top=10))
    assert " −0.00100  ± 0.00020  e" in everything
    assert "more" not in everything


def test_sizes_have_no_sign_and_share_their_decimals(weights):
    sizes = replace(weights, values=np.abs(weights.values), receipt=replace(weights.receipt, unit="share"))
    assert str(sizes.table(top=2)).split("\n") == [
        "spam, in share",
        " 12.3  ± 1.5  d",
        "  3.0         f",
        "              … 4 more",
    ]


def test_one_row_begins_with_its_base_and_ends_with_its_prediction(rng):
    X = pd.DataFrame({"a": rng.normal(size=60), "b": rng.choice(["u", "v"], 60), "c": rng.normal(size=60)})
    X.loc[5, "a"] = np.nan
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(max_iter=5, categorical_features=["b"], min_samples_leaf=5)
    X["b"] = X["b"].astype("category")
    ex = pellucid.explain(model.fit(X, X["c"]), X)
    lines = str(ex[5].table()).split("\n")
    assert lines[1].endswith("base")
    assert lines[-1].endswith("= prediction")
    assert any(line.rstrip().endswith("missing") and " a " in line for line in lines)
    shown = sum(float(line.split()[0].replace("−", "-")) for line in lines[1:-1])
    assert shown == pytest.approx(float(lines[-1].split()[0].replace("−", "-")), abs=0.01)
    cut = ex[5][:, ["a"]]
    assert "= base + sum" in str(cut.table())


def test_words_of_a_text_are_quoted_and_ends_of_ngrams_are_seen():
    praise, blame = ["good film", "good story"], ["bad film", "bad story"]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(praise + blame, [1, 1, 0, 0])
    ex = pellucid.explain(model, ["a good film"], target="1")
    assert "“good”" in str(ex.table())
    letters = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(2, 2)), LogisticRegression())
    assert "␣f" in str(ModelWeights(letters.fit(praise + blame, [1, 1, 0, 0])).explain().table(top=30))


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_line_is_wider_than_the_terminal(weights, width):
    names = ("非常长的特征名称" * 6, "x" * 200, "line\nbreak", "d", "e", "f")
    text = str(replace(weights, feature_names=names).table(width=width))
    assert max(display_columns(line) for line in text.split("\n")) <= width
    assert "line break" in text


def test_a_notebook_sees_the_same_numbers_and_no_code(weights):
    hostile = replace(weights, feature_names=("<script>alert(1)</script>", *"bcdef"))
    html = hostile.table()._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "+12.3" in html
    assert "rgba(217,115,13,0.550)" in html
    assert hostile._repr_html_().startswith(html[:30])
    assert hostile._repr_html_().count("<script>") == 0


def test_a_target_can_be_chosen_and_what_has_no_table_is_refused(make, weights):
    three = make([[[1.0, 2.0, 3.0]], [[1.0, 2.0, 3.0]]], names=["x"], targets=("p", "q", "r"))
    assert str(three.importance().table(target="q")).startswith("q, in log-odds\n 2")
    with pytest.raises(ParameterError, match="choose a row, as in ex"):
        three.table()
    with pytest.raises(ParameterError, match="there is no target 'z'"):
        weights.table(target="z")
    with pytest.raises(ParameterError, match="table: top must be"):
        weights.table(top=0)
    with pytest.raises(ParameterError, match="table: width must be"):
        weights.table(width=10)
    effect = PartialDependence(lambda X: X[:, 0], np.random.default_rng(0).normal(size=(30, 2))).explain()
    with pytest.raises(ArgumentTypeError, match="there is none for Effect"):
        effect.table()
