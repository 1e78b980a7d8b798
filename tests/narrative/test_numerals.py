"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.narrative import numerals


@pytest.mark.parametrize(
    ("movement", "error", "largest", "places"),
    [
        (2.5, 0, 0, 2),
        (40, 0, 0, 1),
        (5_000, 0, 0, 0),
        (0.03, 0, 0, 4),
        (2.5, 0.2, 0, 1),
        (150, 0, 1.74, 1),
        (0, 0, 0, 2),
    ],
)
def test_decimals_follow_the_movement_the_largest_part_and_the_error(movement, error, largest, places):
    assert numerals.decimals(movement, error, largest) == places


def test_decimals_of_what_is_not_a_number_are_two():
    assert numerals.decimals(math.nan) == 2


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.8349, 2, "0.83"),
        (-1.5, 1, "−1.5"),
        (-0.0004, 2, "0.00"),
        (12_345.6, 0, "12,346"),
        (2024, 0, "2024"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "−∞"),
        (math.nan, 2, "–"),
        (1.24e-9, 11, "1.2 × 10⁻⁹"),
    ],
)
def test_an_amount_has_the_places_asked_for(value, places, text):
    assert numerals.amount(value, places) == text


def test_a_sign_is_shown_unless_nothing_is_left():
    assert [numerals.signed(value, 2) for value in (0.5, -0.5, 0.001, 0.0)] == ["+0.50", "−0.50", "0.00", "0.00"]


def test_an_error_is_shown_in_one_digit_and_the_value_as_fine():
    assert numerals.with_error(0.41826, 0.0031, 2) == "0.418 ± 0.003"
    assert numerals.with_error(0.41826, math.nan, 2) == "0.42"
    assert numerals.with_error(0.41826, 0.0, 2) == "0.42 ± 0.00"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0816, "8.2%"),
        (0.31, "31%"),
        (0.9971, "99.71%"),
        (0, "0%"),
        (1, "100%"),
        (1e-7, "<0.01%"),
        (1 - 1e-7, ">99.99%"),
    ],
)
def test_a_share_has_two_digits_of_itself_or_of_its_rest(share, text):
    assert numerals.percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(41, "41"), (2024.0, "2024"), (12_340.0, "12,340"), (0.123456, "0.1235"), (1234.567, "1235"), (-2.5, "−2.5")],
)
def test_a_cell_shows_whole_numbers_whole_and_others_in_four_digits(value, text):
    assert numerals.cell(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (2.44e-14, "2.4 × 10⁻¹⁴"), (0.0213, "0.021"), (31_000, "3.1 × 10⁴"), (-1e-7, "−1.0 × 10⁻⁷")],
)
def test_a_tiny_number_is_two_digits_and_a_power(value, text):
    assert numerals.tiny(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 6))
def test_an_amount_reads_back_within_half_a_place(value, places):
    text = numerals.amount(value, places)
    if "×" not in text:
        read = float(text.replace("−", "-").replace(",", ""))
        assert abs(read - value) <= 0.5000001 * 10.0**-places + 1e-9 * abs(value)
