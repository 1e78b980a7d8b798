"""Any masker with any method that needs predictions alone: groups of columns, words of texts."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text as Text_

from pellucid.attribution import ExactSHAP, PermutationSHAP
from pellucid.core.errors import ColumnsError, InputError, ModelFailedError, ParameterError
from pellucid.maskers import Background, Text

METHODS = pytest.mark.parametrize("method", [ExactSHAP, PermutationSHAP])


def count_of(*words):
    def score(texts):
        found = [[text.split().count(word) for word in words] for text in texts]
        return np.array(found, dtype=float) @ np.arange(1.0, len(words) + 1)

    return score


def test_a_masker_with_other_players_than_columns_is_refused():
    class Pairs(Background):
        def players(self, row):
            return ("x0 and x1", "x2")

        def inputs(self, rows, coalitions, *, batch_size):
            return super().inputs(rows, coalitions[:, [0, 0, 1]], batch_size=batch_size)

    rows = np.random.default_rng(0).normal(size=(1, 3))
    with pytest.raises(ParameterError, match="Pairs makes 2 players and shows 3 columns"):
        ExactSHAP(lambda table: table.sum(axis=1), Pairs(rows)).explain(rows)


@METHODS
def test_words_of_a_score_that_counts_them_are_worth_their_weight(method):
    texts = ["good film good", "a bad film, so bad", "good"]
    model = count_of("good", "film", "bad")
    ex = method(lambda given: model([text.replace(",", "") for text in given]), Text()).explain(texts)
    weights = {"good": 1.0, "film": 2.0, "bad": 3.0}
    for row in range(len(texts)):
        words = ex.parted.parts(row)
        np.testing.assert_allclose(
            ex.values[row, : len(words), 0], [weights.get(word, 0.0) for word in words], atol=1e-12
        )
        assert not ex.values[row, len(words) :].any()
    np.testing.assert_allclose(ex.predictions[:, 0], [4, 8, 1])
    assert ex.receipt.completeness.kind == "checked"


def test_a_texts_values_do_not_depend_on_which_texts_come_with_it():
    def length(texts):
        return np.array([len(text) ** 1.5 for text in texts])

    texts = ["one two three four", "five six seven", "eight nine"]
    together = PermutationSHAP(length, Text(), seed=3).explain(texts)
    alone = PermutationSHAP(length, Text(), seed=3).explain([texts[1]])
    assert together.values[1, :3].tobytes() == alone.values[0].tobytes()


def test_an_explanation_of_texts_is_told_saved_and_cut(tmp_path):
    ex = ExactSHAP(count_of("good"), Text()).explain(["good film", "bad"])
    frame = ex.to_frame("pandas")
    assert frame["name"].tolist() == ["good", "film", "bad"]
    assert frame["row"].tolist() == [0, 0, 1]
    ex.save(tmp_path / "ex.npz")
    import pellucid

    again = pellucid.load(tmp_path / "ex.npz")
    assert again.parted.native == ex.parted.native
    assert [again.parted.parts(row) for row in (0, 1)] == [("good", "film"), ("bad",)]
    np.testing.assert_array_equal(again.values, ex.values)
    assert ex[1].parted.parts(0) == ("bad",)
    with pytest.raises(ParameterError, match="differ from row to row"):
        ex.importance()


def test_a_model_that_changes_its_answers_is_named():
    rng = np.random.default_rng(0)

    def drawn(rows):
        return rows.sum(axis=1) + rng.normal(size=len(rows))

    x = rng.normal(size=(12, 3))
    with pytest.raises(ModelFailedError, match=r"asked twice about row \d and answered .* turn off what it draws"):
        ExactSHAP(drawn, x).explain(x[:4])


@pytest.fixture(scope="module")
def told():
    return ExactSHAP(count_of("good", "bad"), Text()).explain(["good film", "a bad one"])


@pytest.mark.parametrize("kind", ["waterfall", "force", "beeswarm", "decision", "heatmap", "bar"])
def test_a_single_text_is_drawn_under_its_words(told, kind):
    if kind in ("beeswarm", "decision", "heatmap"):
        with pytest.raises(ParameterError, match=r"differ from row to row; draw one, as in ex\[0\]"):
            told.plot(kind, ax=Figure())
        return
    written = {text.get_text() for text in told[0].plot(kind, ax=Figure()).figure.findobj(Text_)}
    assert any("good" in text for text in written)


def test_parts_have_no_columns(told):
    with pytest.raises(ColumnsError, match="parts and no columns"):
        told[:, "good"]
    assert told[0].importance().feature_names == ("good", "film")
    assert told[0].to_shap().feature_names == ["good", "film"]
    with pytest.raises(ParameterError, match=r"take one, as in ex\[0\]\.to_shap"):
        told.to_shap()


def test_texts_are_refused_where_only_tables_go(told, tmp_path):
    import pellucid
    from pellucid.core.streams import MeanAbsolute

    with pytest.raises(InputError, match="source holds texts and a stream is of rows of tables"):
        ExactSHAP(count_of("good"), Text()).stream(["good", "bad"], MeanAbsolute())
    with pytest.raises(InputError, match="source holds texts"):
        pellucid.stream(count_of("good"), ["good", "bad"], MeanAbsolute())
    with pytest.raises(ParameterError, match="a page shows rows of a table"):
        pellucid.report(None, told, tmp_path / "page.html")
    with pytest.raises(InputError, match=r"pass the masker Text\(\)"):
        ExactSHAP(lambda rows: rows.sum(axis=1), np.zeros((5, 3))).explain(["good", "bad"])
