"""Text that fits, and numbers with sensible digits."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from pellucid.plots.labels import display_columns, formatter, shorten, tick_text, value_text, wrap


@pytest.mark.parametrize(
    ("values", "signed", "texts"),
    [
        ([2.314, -0.04, 0.0], True, ["+2.31", "−0.04", "0.00"]),
        ([153.2, 0.4], False, ["153", "0"]),
        ([12_345.6, -3.0], True, ["+12,346", "−3"]),
        ([0.04531, -0.001], False, ["0.0453", "−0.0010"]),
        ([1.5e-7], False, ["1.50e−07"]),
        ([2e9], True, ["+2.00e09"]),
        ([0.0], True, ["0.00"]),
    ],
)
def test_numbers_shown_together_have_the_same_decimals(values, signed, texts):
    write = formatter(values, signed=signed)
    assert [write(value) for value in values] == texts


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (2021.0, "number", "2021"),
        (25_500, "number", "25,500"),
        (0.020953, "number", "0.021"),
        (-6.3111, "number", "−6.31"),
        (1234.56, "number", "1235"),
        (3e-9, "number", "3.00e−09"),
        (-np.inf, "number", "−∞"),
        (np.nan, "number", "missing"),
        (None, "category", "missing"),
        ("line\n break", "category", "line break"),
        (True, "boolean", "True"),
        (np.nan, "boolean", "missing"),
        (np.datetime64("2024-03-01"), "date", "2024-03-01"),
        (np.datetime64("2024-03-01T12:30"), "date", "2024-03-01 12:30"),
        (np.datetime64(datetime.datetime(2024, 3, 1)), "date", "2024-03-01"),  # noqa: DTZ001
        (np.datetime64("NaT"), "date", "missing"),
    ],
)
def test_a_cell_is_written_briefly(value, kind, text):
    assert value_text(value, kind) == text


def test_ticks_have_the_decimals_that_the_span_needs():
    assert [tick_text(x, (-1, 1)) for x in (-0.25, 0.0, 0.5)] == ["−0.25", "0", "0.5"]
    assert tick_text(200_000, (0, 300_000)) == "200,000"
    assert tick_text(2e-9, (0, 5e-9)) == "2e−9"


def test_short_text_stays_and_long_text_loses_its_middle():
    assert shorten("age", 10) == "age"
    short = shorten("average_balance_of_the_last_12_months", 20)
    assert display_columns(short) <= 20
    assert short.startswith("average_bal")
    assert short.endswith("months")


def test_a_chinese_letter_is_two_columns_wide():
    assert display_columns("年龄 age") == 8
    assert display_columns(shorten("近十二个月平均账户余额", 12)) <= 12


def test_lines_break_at_separators_and_the_value_stays_whole():
    assert wrap("number of open accounts", 14, 2) == "number of open\naccounts"
    assert wrap("number of open accounts", 20, 2, " = −0.194").endswith(" = −0.194")
    for line in wrap("x" * 90, 20, 2, " = 5").split("\n"):
        assert display_columns(line) <= 20
