"""Which features are shown."""

from __future__ import annotations

import numpy as np

from pellucid.plots.ranking import rank


def test_all_are_shown_where_they_fit():
    ranking = rank(np.array([1.0, 3.0, 2.0]), 3)
    assert list(ranking.shown) == [1, 2, 0]
    assert len(ranking.others) == 0


def test_the_last_place_goes_to_the_sum_of_the_others():
    ranking = rank(np.array([1.0, 3.0, 2.0, 3.0]), 3)
    assert list(ranking.shown) == [1, 3]
    np.testing.assert_array_equal(ranking.fold(np.array([[1.0, 2.0, 3.0, 4.0]])), [[2.0, 4.0, 4.0]])
