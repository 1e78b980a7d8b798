"""Windows that slide and are cut off at the end."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.attribution.perturbation.windows import Windows

CASES = [(10, 3, 1), (10, 3, 2), (10, 3, 3), (10, 4, 3), (1, 5, 2), (7, 7, 7), (11, 5, 5), (4, 1, 1)]


def slowly(length, size, stride):
    """Places of each window, beginning at 0, until every place has been covered."""
    found, start = [], 0
    while True:
        found.append([place for place in range(start, start + size) if place < length])
        if start + size >= length:
            return found
        start += stride


@pytest.mark.parametrize(("length", "size", "stride"), CASES)
def test_they_cover_every_place_in_order(length, size, stride):
    windows = Windows(length, size, stride)
    expected = slowly(length, size, stride)
    assert len(windows) == len(expected)
    cover = windows.cover(np.arange(len(windows)))
    assert [np.flatnonzero(row).tolist() for row in cover] == expected
    assert windows.counts.min() >= 1


@pytest.mark.parametrize(("length", "size", "stride"), CASES)
def test_totals_are_over_the_windows_that_cover_a_place(length, size, stride, rng):
    windows = Windows(length, size, stride)
    values = rng.normal(size=(len(windows), 2, 3))
    expected = np.zeros((length, 2, 3))
    for window, places in enumerate(slowly(length, size, stride)):
        for place in places:
            expected[place] += values[window]
    np.testing.assert_allclose(windows.total(values), expected)
    np.testing.assert_array_equal(windows.counts, windows.cover(np.arange(len(windows))).sum(axis=0))
