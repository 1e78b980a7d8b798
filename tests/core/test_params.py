from __future__ import annotations

import numpy as np
import pytest

from pellucid.core.errors import ParameterError
from pellucid.core.params import (
    Either,
    Flag,
    Fraction,
    Nothing,
    OneOf,
    Rising,
    Several,
    Whole,
    as_tuple,
    check_settings,
)


@pytest.mark.parametrize(
    ("constraint", "good", "bad"),
    [
        (Whole(1), [1, np.int64(3)], [0, -1, 1.0, True, "1", None]),
        (Fraction(0, 1), [0.5, np.float32(0.1)], [0, 1, 2.0, float("nan"), "0.5", True]),
        (Fraction(), [1e-9, 10], [0, float("inf"), -1]),
        (Flag(), [True, False], [1, 0, None, "yes"]),
        (OneOf(("a", "b")), ["a"], ["c", 1, None]),
        (Several(("a", "b")), [("a",), ("b", "a")], [(), ("c",), ("a", "a"), "a", ["a"], (1,)]),
        (
            Rising(3, 0, 1),
            [(0.1, 0.5, 0.9), (0, 0.5, 1)],
            [(0.1, 0.5), (0.5, 0.5, 0.6), (-1, 0, 1), (0, 1, 2), 0.5, None],
        ),
        (Rising(), [(-3, 7.5), (2,)], [(), (1, float("inf")), (float("nan"),), ("1", "2"), [1, 2]]),
        (Either(Nothing(), Whole(1)), [None, 2], [0, "x", False]),
    ],
)
def test_a_constraint_allows_what_it_says(constraint, good, bad):
    for value in good:
        check_settings("Method", {"setting": constraint}, {"setting": value})
    for value in bad:
        with pytest.raises(ParameterError) as caught:
            check_settings("Method", {"setting": constraint}, {"setting": value})
        assert str(caught.value) == f"Method: setting must be {constraint.words}, got {value!r}."


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(ParameterError, match=r"got list \[0, 0.*…\.") as caught:
        check_settings("Method", {"setting": Flag()}, {"setting": [0] * 1000})
    assert len(str(caught.value)) < 200


def test_lists_and_arrays_of_settings_become_tuples_of_plain_numbers():
    assert as_tuple([0.1, 0.5]) == as_tuple(np.array([0.1, 0.5])) == (0.1, 0.5)
    assert type(as_tuple(np.array([1]))[0]) is int
    assert as_tuple("text") == "text"
    assert as_tuple(7) == 7
