"""ExactSHAP against the definition, written with sets."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.attribution.shapley.enumeration import MOST_PLAYERS
from pellucid.attribution.shapley.exact import ExactSHAP
from pellucid.core.errors import InputError, ModelFailedError, ParameterError
from pellucid.core.model import Model


def by_definition(predict, row, background, weights=None):
    """φ_j = Σ_{S ⊆ N∖j} |S|!(p−|S|−1)!/p! (v(S ∪ j) − v(S)); rows are dicts, so any type of value goes in."""
    names = list(row)

    def v(S):
        mixed = [{name: row[name] if name in S else b[name] for name in names} for b in background]
        return np.average([predict(m) for m in mixed], axis=0, weights=weights)

    p = len(names)
    phi = []
    for j in names:
        others = [name for name in names if name != j]
        phi.append(
            sum(
                factorial(size) * factorial(p - size - 1) / factorial(p) * (v({*S, j}) - v(set(S)))
                for size in range(p)
                for S in combinations(others, size)
            )
        )
    return np.array(phi)


def two_outputs(x):
    return np.column_stack([x[:, 0] * x[:, 1] + np.sin(x[:, 2]), x[:, 3] ** 2 * x[:, 0]])


def dicts(array):
    return [dict(enumerate(row)) for row in array]


def test_values_are_the_shapley_values_of_the_definition(rng):
    rows, background = rng.normal(size=(3, 4)), rng.normal(size=(5, 4))
    weights = [1, 2, 0, 4, 1]
    ex = ExactSHAP(two_outputs, (background, weights)).explain(rows)
    for i, row in enumerate(dicts(rows)):
        slow = by_definition(lambda m: two_outputs(np.array([list(m.values())]))[0], row, dicts(background), weights)
        np.testing.assert_allclose(ex.values[i], slow, atol=1e-13)
    np.testing.assert_allclose(ex.base[0], np.average(two_outputs(background), axis=0, weights=weights), rtol=1e-12)
    np.testing.assert_allclose(ex.predictions, two_outputs(rows), atol=1e-12)
    assert ex.receipt.completeness.kind == "checked"
    assert ex.receipt.background == {**ex.receipt.background, "rows": 5, "weighted": True}


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_mixed_columns_reach_the_model_as_they_are(kind):
    frame = pd.DataFrame(
        {
            "colour": pd.Categorical(["red", "blue", "red", "green"]),
            "size": pd.array([3, None, 5, 7], dtype="Int64"),
            "new": [True, False, False, True],
            "day": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-02-10", "2024-05-05"]),
        }
    )

    def one(m):
        size = 0.5 if m["size"] is pd.NA or m["size"] is None else float(m["size"])
        return {"red": 1.0, "blue": 3.0}.get(m["colour"], 7.0) * size + (2.0 if m["new"] else 0.0) * m["day"].month

    def predict(rows):
        assert list(rows.dtypes) == list(given.dtypes)
        records = rows.to_dict("records") if kind == "pandas" else rows.to_dicts()
        return np.array([one(m) for m in records])

    given = frame if kind == "pandas" else pl.from_pandas(frame)
    ex = ExactSHAP(predict, given[:3]).explain(given[3:])
    records = frame.to_dict("records")
    np.testing.assert_allclose(ex.values[0, :, 0], by_definition(one, records[3], records[:3]), atol=1e-12)


def test_a_linear_model_has_its_closed_form(rng):
    w, rows, background = rng.normal(size=8), rng.normal(size=(4, 8)), rng.normal(size=(30, 8))
    ex = ExactSHAP(lambda x: (x * w).sum(axis=1) + 3, background).explain(rows)
    np.testing.assert_allclose(ex.values[..., 0], w * (rows - background.mean(axis=0)), atol=1e-12)


def test_equal_players_get_equal_values_and_idle_ones_nothing(rng):
    rows, background = rng.normal(size=(3, 4)), rng.normal(size=(6, 4))
    rows[:, 1], background[:, 1] = rows[:, 0], background[:, 0]
    ex = ExactSHAP(lambda x: x[:, 0] * x[:, 1] * x[:, 2], background).explain(rows)
    np.testing.assert_allclose(ex.values[:, 0], ex.values[:, 1], atol=1e-14)
    np.testing.assert_array_equal(np.abs(ex.values[:, 3]) < 1e-15, True)


def test_a_function_of_the_outputs_is_explained_as_such(rng):
    rows, background = rng.normal(size=(2, 4)), rng.normal(size=(5, 4))

    def chance(outputs):
        return 1 / (1 + np.exp(-outputs[..., 0]))

    ex = ExactSHAP(two_outputs, background).explain(rows, chance)
    direct = ExactSHAP(lambda x: chance(two_outputs(x)), background).explain(rows)
    np.testing.assert_allclose(ex.values, direct.values, atol=1e-14)
    assert ex.receipt.target["names"] == ["chance"]


@pytest.mark.parametrize("batch_size", [1, 5, 100])
def test_a_row_has_the_same_bits_for_any_batch_size_and_company(rng, batch_size):
    rows, background = rng.normal(size=(4, 4)), rng.normal(size=(7, 4))
    together = ExactSHAP(two_outputs, background).explain(rows)
    alone = ExactSHAP(two_outputs, background, batch_size=batch_size).explain(rows[2:3], 1)
    np.testing.assert_array_equal(alone.values, together[2].target(1).values)


def test_more_coalitions_than_one_sum_holds(rng):
    rows, background = rng.normal(size=(2, 13)), rng.normal(size=(1, 13))
    ex = ExactSHAP(lambda x: x[:, 0] * x[:, 12] + x[:, 5], background).explain(rows)
    pair = ExactSHAP(lambda x: x[:, 0] * x[:, 1], background[:, [0, 12]]).explain(rows[:, [0, 12]])
    np.testing.assert_allclose(ex.values[:, [0, 12]], pair.values, atol=1e-12)
    np.testing.assert_allclose(ex.values[:, 5, 0], rows[:, 5] - background[0, 5], atol=1e-12)


def test_one_column_gets_all(rng):
    ex = ExactSHAP(lambda x: x[:, 0] ** 2, np.array([[1.0], [3.0]])).explain(np.array([[5.0]]))
    assert ex.values.tolist() == [[[20.0]]]


def test_evaluations_are_those_of_the_card(rng):
    ex = ExactSHAP(two_outputs, rng.normal(size=(5, 4))).explain(rng.normal(size=(3, 4)), check=False)
    tried, base = 3, 5
    assert ex.receipt.evaluations == tried + base + 3 * ((2**4 - 2) * 5 + 1)


def test_too_many_columns_are_refused_with_the_way_out():
    wide = np.zeros((2, MOST_PLAYERS + 1))
    with pytest.raises(ParameterError, match=r"16 columns are too many \(at most 15\); group columns, or"):
        ExactSHAP(lambda x: x[:, 0], wide).explain(wide)


def test_a_background_is_required():
    with pytest.raises(ParameterError, match="background: None was passed"):
        ExactSHAP(lambda x: x[:, 0])


def test_a_model_that_contradicts_itself_is_withheld(rng):
    calls = []

    def drifting(table):
        calls.append(1)
        return table.numbers()[:, 0] + 1e-6 * len(calls)

    model = Model("drifting", None, drifting, ("out",), "target")
    with pytest.raises(ModelFailedError, match="drifting was asked twice about row 1"):
        ExactSHAP(model, rng.normal(size=(3, 2))).explain(rng.normal(size=(2, 2)))


def test_a_model_in_float32_is_left_its_own_rounding(rng):
    def noisy(x):
        return ((x * 1.1).sum(axis=1) * (1 + 1e-7 * (len(x) % 3))).astype(np.float32)

    ex = ExactSHAP(noisy, rng.normal(size=(3, 3))).explain(rng.normal(size=(4, 3)))
    assert 0 < ex.receipt.completeness.gap <= ex.receipt.completeness.tolerance


def test_a_model_that_fails_on_mixed_rows_says_so_in_one_sentence():
    def picky(x):
        if (x[:, 0] != x[:, 1]).any():
            raise RuntimeError("columns must\nagree")
        return x[:, 0]

    with pytest.raises(ModelFailedError, match="raised RuntimeError while predicting"):
        ExactSHAP(picky, np.ones((2, 2))).explain(np.zeros((1, 2)))


def test_rows_and_background_of_two_kinds_are_refused(rng):
    frame = pd.DataFrame({"a": ["u", "v"], "b": [1, 2]})
    with pytest.raises(InputError, match="rows come as polars and the background as pandas"):
        ExactSHAP(lambda rows: np.asarray(rows["b"], dtype=float), frame).explain(pl.from_pandas(frame))
