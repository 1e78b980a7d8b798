"""Which rows teach most, against slow definitions."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.pages.instructive import FEW, TEN, cancelling, instructive_rows


@pytest.fixture
def drawn(rng):
    values = rng.normal(size=(400, 5))
    return values, values.sum(axis=1)


def test_ten_different_rows_are_chosen_in_the_order_of_their_roles(drawn):
    picks = instructive_rows(*drawn)
    assert [pick.role for pick in picks] == [role for role, count in TEN for _ in range(count)]
    assert len({pick.row for pick in picks}) == 10


def test_extremes_are_the_extreme_predictions(drawn):
    values, predictions = drawn
    picks = {pick.role: pick.row for pick in instructive_rows(values, predictions, FEW)}
    assert picks["highest"] == max(range(400), key=lambda i: predictions[i])
    assert picks["lowest"] == min(range(400), key=lambda i: predictions[i])


def test_the_typical_row_is_nearest_to_the_medians_of_its_band(drawn):
    values, predictions = drawn
    order = sorted(range(400), key=lambda i: predictions[i])
    middle = round(0.5 * 399)
    band = order[middle - 10 : middle + 10]
    medians = [np.median([values[i, j] for i in band]) for j in range(5)]
    slow = min(sorted(band), key=lambda i: sum(abs(values[i, j] - medians[j]) for j in range(5)))
    assert instructive_rows(values, predictions, FEW)[0].row == slow


def test_the_most_disputed_row_has_most_that_cancels(drawn):
    values, _ = drawn
    slow = [min(sum(v for v in row if v > 0), sum(-v for v in row if v < 0)) for row in values.tolist()]
    np.testing.assert_allclose(cancelling(values), slow, rtol=1e-12)
    picked = [pick.row for pick in instructive_rows(*drawn) if pick.role == "disputed"]
    assert picked[0] == int(np.argmax(slow))


def test_equal_rows_are_shown_once():
    values = np.repeat([[1.0, -1.0], [2.0, 0.0], [0.0, -3.0]], 50, axis=0)
    picks = instructive_rows(values, values.sum(axis=1))
    assert len(picks) == 3
    assert len({tuple(values[pick.row]) for pick in picks}) == 3


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_few_rows_are_enough(rng, rows):
    values = rng.normal(size=(rows, 3))
    assert {pick.row for pick in instructive_rows(values, values.sum(axis=1))} == set(range(rows))
