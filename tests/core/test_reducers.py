"""Summaries of any number of rows, merged in any grouping."""

from __future__ import annotations

import pickle
from functools import reduce

import numpy as np
import pandas as pd
import pytest

from pellucid.attribution.shapley.exact import ExactSHAP
from pellucid.core.errors import ArgumentTypeError, InputError, ParameterError
from pellucid.core.reducers import MeanAbsolute, TopK

BACKGROUND = np.array([[0.0, 1.0], [1.0, -1.0]])
ROWS = np.random.default_rng(3).normal(size=(60, 2))


def f(x):
    return np.column_stack([x[:, 0] * x[:, 1], np.exp(x[:, 0])])


def explained(rows, target=None):
    return ExactSHAP(f, BACKGROUND).explain(rows, target)


def of(reducer, *parts):
    for part in parts:
        reducer.add(explained(part))
    return reducer


def test_mean_absolute_is_the_importance_of_all_rows_at_once():
    importance = explained(ROWS).importance()
    streamed = of(MeanAbsolute(), ROWS[:7], ROWS[7:8], ROWS[8:]).result()
    np.testing.assert_allclose(streamed.values, importance.values, rtol=1e-12)
    np.testing.assert_allclose(streamed.stderr, importance.stderr, rtol=1e-12)
    assert streamed.feature_names == importance.feature_names
    assert streamed.receipt.rows == 60
    assert len(streamed.to_frame()) == 4


def test_one_row_has_a_mean_and_no_standard_error():
    result = of(MeanAbsolute(), ROWS[:1]).result()
    np.testing.assert_array_equal(result.values, np.abs(explained(ROWS[:1]).values[0]))
    assert np.isnan(result.stderr).all()


@pytest.mark.parametrize("make", [MeanAbsolute, lambda: TopK(5), lambda: TopK(100, by="size")])
def test_merging_is_associative_and_changes_neither_part(make):
    a, b, c = (of(make(), part) for part in (ROWS[:10], ROWS[10:31], ROWS[31:]))
    left, right, through = a.merge(b).merge(c), a.merge(b.merge(c)), of(make(), ROWS)
    for merged in (left, right):
        np.testing.assert_allclose(merged.result().values, through.result().values, rtol=1e-12)
        assert merged.receipt.rows == 60
        assert merged.receipt.data_fingerprint == left.receipt.data_fingerprint
    assert a.receipt.rows == 10
    assert reduce(type(a).merge, [a, b, c], make()).receipt.rows == 60


def test_reducers_travel_between_processes():
    part = pickle.loads(pickle.dumps(of(MeanAbsolute(), ROWS[:30])))
    both = of(MeanAbsolute(), ROWS[30:]).merge(part)
    np.testing.assert_allclose(both.result().values, explained(ROWS).importance().values, rtol=1e-12)


@pytest.mark.parametrize("by", ["prediction", "size"])
def test_top_k_keeps_the_rows_that_stand_out_with_their_numbers(by):
    ex = explained(ROWS)
    scores = (ex.predictions if by == "prediction" else np.abs(ex.values).sum(axis=1)).max(axis=1)
    best = np.argsort(-scores, kind="stable")[:5]
    top = of(TopK(5, by=by), ROWS[:7], ROWS[7:50], ROWS[50:])
    np.testing.assert_array_equal(top.rows, best)
    result = top.result()
    np.testing.assert_array_equal(result.values, ex.values[best])
    np.testing.assert_array_equal(result.data.native, ROWS[best])
    assert result.receipt.rows == 5
    assert any(note.startswith("the 5 of 60 rows with the largest") for note in result.receipt.notes)


def test_top_k_keeps_ties_in_the_order_of_the_source():
    same = np.repeat(ROWS[:1], 6, axis=0)
    assert of(TopK(4), same[:3], same[3:]).rows.tolist() == [0, 1, 2, 3]


def test_top_k_keeps_categories_and_the_output_chosen_for_each_row(tmp_path):
    def predict(rows):
        codes = rows["c"].map({"u": 1.0, "v": 2.0, "w": 3.0}).astype(float).to_numpy()
        return np.column_stack([codes * rows["n"], 4.0 - codes])

    frame = pd.DataFrame({"c": pd.Categorical(list("uvwvu")), "n": [0.5, 1.0, 2.0, 3.0, 0.1]})
    method = ExactSHAP(predict, frame)
    top = TopK(3)
    for part in (frame[:2], frame[2:].assign(c=lambda x: x["c"].cat.remove_unused_categories())):
        top.add(method.explain(part, "predicted"))
    result = top.result()
    whole = method.explain(frame, "predicted")
    np.testing.assert_array_equal(result.values, whole[top.rows].values)
    assert result.receipt.target["chosen"] == whole[top.rows].receipt.target["chosen"]
    assert result.data.column("c").tolist() == frame["c"][top.rows].tolist()
    assert "chosen" not in top.receipt.target
    result.save(tmp_path / "top.npz")


def test_parts_that_do_not_belong_together_are_refused_and_change_nothing():
    mean = of(MeanAbsolute(), ROWS[:10])
    frame = pd.DataFrame(ROWS, columns=["a", "b"])
    others = [
        (
            ExactSHAP(lambda x: f(x.to_numpy()), pd.DataFrame(BACKGROUND, columns=["a", "b"])).explain(frame),
            "different",
        ),
        (ExactSHAP(f, BACKGROUND + 1).explain(ROWS), "background is"),
        (explained(ROWS, 1), "target is"),
    ]
    for other, words in others:
        with pytest.raises(ParameterError, match=words):
            mean.add(other)
    assert mean.receipt.rows == mean.state.count == 10


def test_reducers_of_two_kinds_or_settings_do_not_merge():
    with pytest.raises(ArgumentTypeError, match="a MeanAbsolute merges with its like, got TopK"):
        MeanAbsolute().merge(TopK(3))
    with pytest.raises(ParameterError, match="one TopK keeps 3 rows by prediction and the other 4 by prediction"):
        TopK(3).merge(TopK(4))


def test_nothing_seen_has_no_result():
    with pytest.raises(InputError, match="MeanAbsolute has seen no rows yet"):
        MeanAbsolute().result()
    with pytest.raises(InputError, match="TopK has seen no rows yet"):
        TopK(2).receipt  # noqa: B018
    assert of(MeanAbsolute(), ROWS).merge(MeanAbsolute()).receipt.rows == 60


@pytest.mark.parametrize(
    ("make", "words"),
    [(lambda: TopK(0), "k must be a whole number of at least 1"), (lambda: TopK(3, by="luck"), "by must be one of")],
)
def test_bad_settings_are_refused(make, words):
    with pytest.raises(ParameterError, match=words):
        make()
