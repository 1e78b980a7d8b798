"""NormLIME against its formula, on words with a planted meaning, and for the class that is never predicted."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from pellucid.attribution import LIME, NormLIME
from pellucid.maskers import Text

X, Y = load_iris(return_X_y=True)
MODEL = LogisticRegression(max_iter=1_000).fit(X, Y)


def slowly(values, counted):
    """S_j and its standard error from (rows, features) values, by the formula."""
    found = []
    for j in range(values.shape[1]):
        terms = []
        for i in range(len(values)):
            if counted[i] and values[i, j] != 0:
                terms.append(values[i, j] ** 2 / np.abs(values[i]).sum())
        error = np.std(terms, ddof=1) / np.sqrt(len(terms)) if len(terms) > 1 else np.nan
        found.append((np.mean(terms) if terms else 0.0, error))
    return np.array(found).T


@pytest.mark.parametrize("rows_of", ["predicted", "all"])
def test_the_formula_worked_through_slowly(rows_of):
    settings = {"samples": 500, "features": 2, "seed": 3}
    rows = X[::5]
    found = NormLIME(MODEL.predict_proba, X, rows_of=rows_of, **settings).explain(rows)
    values = LIME(MODEL.predict_proba, X, **settings).explain(rows).values
    winners = MODEL.predict(rows)
    for c in range(3):
        counted = winners == c if rows_of == "predicted" else np.ones(len(rows), dtype=bool)
        mean, error = slowly(values[:, :, c], counted)
        np.testing.assert_allclose(found.values[:, c], mean, rtol=1e-12)
        np.testing.assert_allclose(found.stderr[:, c], error, rtol=1e-12)


def test_a_rare_decisive_word_is_not_averaged_away():
    texts = ["fine film today"] * 30 + ["awful film today"]

    def score(given):
        return np.array([-5.0 * t.count("awful") + 0.1 * t.count("fine") for t in given])

    found = NormLIME(score, Text(), samples=200).explain(texts)
    assert set(found.feature_names) == {"fine", "awful", "film", "today"}
    assert found.ranking()[0] == "awful"
    assert (
        found.values[found.feature_names.index("awful"), 0]
        > 10 * found.values.ravel()[found.feature_names.index("fine")]
    )


def test_a_class_that_no_row_is_predicted_to_be_has_no_importance():
    setosa = X[Y == 0][:10]
    found = NormLIME(MODEL.predict_proba, X, samples=200).explain(setosa)
    assert found.receipt.notes[0].endswith("out of 10: 0: 10, 1: 0, 2: 0")
    assert found.values[:, 0].any()
    assert not found.values[:, 1:].any()
    assert np.isnan(found.stderr[:, 1:]).all()
