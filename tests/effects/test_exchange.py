"""Rows with the cells of others: every kind of table, and nothing of the caller's is written into."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.core.tables import read_table
from pellucid.core.target import resolve_target
from pellucid.effects import ICE
from pellucid.effects.exchange import Exchange
from pellucid.models import as_model

ROWS, GIVERS = np.array([3, 0, 0, 5, 2]), np.array([1, 4, 5, 5, 0])
NUMBERS = np.arange(18.0).reshape(6, 3)
FRAME = pd.DataFrame({"a": NUMBERS[:, 0], "b": list("uvwuvw"), "c": pd.array([1, None, 3, 4, 5, 6], dtype="Int64")})


def told(rows):
    """A number that tells every cell of a row from all others."""
    frame = rows.to_pandas() if isinstance(rows, pl.DataFrame) else pd.DataFrame(rows)
    columns = [[number(cell) for cell in frame.iloc[:, j]] for j in range(frame.shape[1])]
    return np.array(columns).T @ 100.0 ** np.arange(len(columns))


def number(cell):
    if isinstance(cell, str):
        return float("uvw".index(cell))
    return 50.0 if pd.isna(cell) else float(cell)


TABLES = {
    "array": NUMBERS,
    "objects": FRAME.astype(object).where(FRAME.notna(), np.nan).to_numpy(),
    "frame of one type": pd.DataFrame(NUMBERS, columns=list("abc")),
    "frame": FRAME,
    "numbered columns": pd.DataFrame(NUMBERS),
    "polars": pl.from_pandas(FRAME),
}


@pytest.mark.parametrize("batch_size", [2, 1_000])
@pytest.mark.parametrize("kind", TABLES)
def test_cells_come_from_the_givers_and_the_rest_from_the_rows(kind, batch_size):
    given = TABLES[kind]
    before = copy.deepcopy(given)
    table = read_table(given)
    exchange = Exchange(
        as_model(told, rows=given), resolve_target(None, ("output",), n_rows=0), table, table, batch_size
    )
    whole = told(given)
    for column in (1, 2, 1):
        expected = whole[ROWS] - told_of(given, ROWS, column) + told_of(given, GIVERS, column)
        np.testing.assert_allclose(exchange.answers(ROWS, {column: GIVERS})[:, 0], expected)
        np.testing.assert_allclose(exchange.different(ROWS, column, GIVERS)[:, 0], expected)
    np.testing.assert_allclose(exchange.answers(ROWS, {})[:, 0], whole[ROWS])
    places = np.concatenate(list(exchange.of_all_rows({0: GIVERS})))[:, :, 0]
    for giver, answers in zip(GIVERS, places, strict=True):
        np.testing.assert_allclose(answers, whole - told_of(given, np.arange(6), 0) + told_of(given, [giver] * 6, 0))
    assert read_table(given).fingerprint() == read_table(before).fingerprint()


def told_of(given, rows, column):
    """What one column of some rows adds."""
    frame = given.to_pandas() if isinstance(given, pl.DataFrame) else pd.DataFrame(given)
    alone = pd.DataFrame({j: frame.iloc[rows, j].to_numpy() if j == column else 0.0 for j in range(frame.shape[1])})
    return told(alone)


def test_the_same_question_is_asked_once():
    asked = []
    table = read_table(NUMBERS)
    model = as_model(lambda rows: asked.append(len(rows)) or rows[:, 0], rows=NUMBERS)
    exchange = Exchange(model, resolve_target(None, ("output",), n_rows=0), table, table, 100)
    asked.clear()
    exchange.different(np.array([1, 1, 2, 1]), 0, np.array([3, 3, 3, 4]))
    assert asked == [3]


def test_whole_numbers_take_the_fractions_of_a_background():
    background = np.array([[0.25, 1.0], [0.75, 2.0], [0.5, 3.0]])
    effect = ICE(lambda X: np.asarray(X)[:, 0] * 4, background).explain(np.array([[1, 1], [2, 2]]), features="x0")
    np.testing.assert_allclose(effect.curves[0].rows[:, :, 0], [[1.0, 2.0, 3.0]] * 2)
