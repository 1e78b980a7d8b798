"""What things are called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pellucid.narrative.vocabulary import Vocabulary, day, input_names

LABELS = {
    "age": {"en": "age of the driver", "zh": "驾驶人年龄"},
    "kind": "kind of accident",
    "kind=theft": {"zh": "盗窃"},
}


def test_labels_come_in_the_language_and_fall_back_to_english_then_the_name():
    assert Vocabulary("zh", LABELS).name("age") == "驾驶人年龄"
    assert Vocabulary("zh", {"age": {"en": "age"}}).name("age") == "age"
    assert Vocabulary("en", LABELS).name("unknown") == "unknown"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("number", 41.0, "41 days"),
        ("number", np.nan, None),
        ("boolean", True, "yes"),
        ("boolean", 0.0, "no"),
        ("category", "theft", "theft"),
        ("category", None, None),
        ("date", np.datetime64("2024-03-01T00:00:00", "us"), "2024-03-01"),
        ("date", np.datetime64("NaT", "us"), None),
    ],
)
def test_a_value_is_written_by_its_kind(kind, value, text):
    assert Vocabulary("en", units={"delay": "days"}).value("delay", kind, value) == text


def test_a_level_has_a_label_of_its_own():
    assert Vocabulary("zh", LABELS).value("kind", "category", "theft") == "盗窃"


def test_percent_stands_close_to_its_number():
    assert Vocabulary("en", units={"rate": "%"}).with_unit("rate", "12") == "12%"


def test_a_date_shows_its_time_where_it_has_one():
    assert day(np.datetime64("2024-03-01T12:30:00", "us")) == "2024-03-01 12:30:00"


def test_inputs_without_names_are_numbered(make):
    assert input_names(make([[1.0, 2.0]])) == ("x0", "x1")


def test_an_input_is_named_with_its_value_or_said_to_be_missing(make):
    frame = pd.DataFrame({"age": [30.0, np.nan], "seen": [True, False]})
    explanation, words = make([[1.0, 2.0], [1.0, 2.0]], data=frame), Vocabulary("en")
    assert words.input(explanation, 0, 0) == "age = 30"
    assert words.input(explanation, 1, 0) == "age (is missing)"
    assert words.input(explanation, 0, 1, told=True) == "seen (yes)"
    assert Vocabulary("zh").input(explanation, 1, 1) == "seen 为“否”"
    assert Vocabulary("zh").input(explanation, 1, 0) == "age 缺失"


def test_lists_are_joined_as_each_language_does():
    assert Vocabulary("en").join(["a", "b", "c"]) == "a, b and c"
    assert Vocabulary("zh").join(["a", "b", "c"]) == "a、b 和 c"
    assert Vocabulary("en").join(["a"]) == "a"
    assert Vocabulary("en").join([]) == ""
