"""Rows put together: present columns are the row's, absent ones the background's, whatever their type."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.core.mixing import mixed_rows


@pytest.mark.parametrize("kind", ["f8", "f4", "f2", "i8", "i4", "u2", "i1", "?", "longdouble", ">f8"])
@pytest.mark.parametrize("columns", [1, 10, 130])
def test_each_column_is_the_rows_where_present_and_the_backgrounds_elsewhere(rng, kind, columns):
    x, other = (rng.integers(0, 2 if kind == "?" else 99, size=(n, columns)).astype(kind) for n in (3, 7))
    present = rng.random((4, columns)) < 0.5
    expected = np.where(present[np.newaxis, :, np.newaxis], x[:, np.newaxis, np.newaxis], other)
    mixed = mixed_rows(x, other, present)
    assert mixed.dtype == x.dtype
    np.testing.assert_array_equal(mixed, expected.reshape(-1, columns))


def test_missing_values_and_signed_zeros_keep_their_bits():
    x, other = np.array([[np.nan, -0.0, np.inf]]), np.array([[1.0, np.nan, 0.0], [-0.0, 2.0, -np.inf]])
    mixed = mixed_rows(x, other, np.array([[True, False, True]]))
    assert mixed.tobytes() == np.array([[np.nan, np.nan, np.inf], [np.nan, 2.0, np.inf]]).tobytes()


def test_rows_need_not_lie_side_by_side_in_memory(rng):
    x, other = rng.normal(size=(4, 6))[::2, ::2], np.asfortranarray(rng.normal(size=(5, 3)))
    present = np.array([[True, False, False], [False, True, True]])
    expected = np.where(present[np.newaxis, :, np.newaxis], x[:, np.newaxis, np.newaxis], other)
    np.testing.assert_array_equal(mixed_rows(x, other, present), expected.reshape(-1, 3))


def test_no_coalition_makes_no_rows():
    assert mixed_rows(np.ones((2, 3)), np.ones((4, 3)), np.zeros((0, 3), dtype=bool)).shape == (0, 3)


def test_memory_is_used_again_only_once_nobody_has_it(rng):
    """A model may keep its inputs, or a part of them."""
    present = np.array([[True, False]])
    first = mixed_rows(np.array([[1.0, 1.0]]), np.zeros((1_000, 2)), present)
    kept, expected = first[::7, :1], first[::7, :1].copy()
    del first
    for number in range(2, 6):
        again = mixed_rows(np.array([[float(number), 1.0]]), np.zeros((1_000, 2)), present)
        assert (again[:, 0] == number).all()
        np.testing.assert_array_equal(kept, expected)
