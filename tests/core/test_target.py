from __future__ import annotations

import json

import numpy as np
import pytest

from pellucid.core.errors import ParameterError
from pellucid.core.target import rebuild_target, resolve_target

NAMES = ("cat", "dog", "cow")
OUTPUTS = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 0.0]])


def resolve(spec):
    return resolve_target(spec, NAMES, n_rows=2, predictions=lambda: OUTPUTS)


@pytest.mark.parametrize(
    ("spec", "names", "selected"),
    [
        (None, NAMES, OUTPUTS),
        ("dog", ("dog",), [[2], [16]]),
        (-1, ("cow",), [[4], [0]]),
        (["cow", 0], ("cow", "cat"), [[4, 1], [0, 8]]),
        (("dog", "cat"), ("dog − cat",), [[1], [8]]),
        (np.array([2, 1]), ("chosen",), [[4], [16]]),
        ("predicted", ("predicted",), [[4], [16]]),
    ],
)
def test_a_target_selects_what_the_caller_meant(spec, names, selected):
    target = resolve(spec)
    assert target.names == names
    np.testing.assert_array_equal(target.select(OUTPUTS), selected)


def test_a_target_selects_along_the_last_axis_of_attributions():
    values = np.arange(12.0).reshape(2, 2, 3)
    np.testing.assert_array_equal(resolve(np.array([2, 0])).select(values)[..., 0], [[2, 5], [6, 9]])
    np.testing.assert_array_equal(resolve(("cow", "cat")).select(values)[..., 0], [[2, 2], [2, 2]])


def test_a_function_of_the_outputs_is_a_target_but_not_a_linear_one():
    target = resolve(lambda outputs: outputs.max(axis=-1))
    assert not target.linear
    np.testing.assert_array_equal(target.select(OUTPUTS), [[4], [16]])


def test_a_row_of_a_per_row_target_is_found_by_its_number():
    target = resolve(np.array([2, 1]))
    np.testing.assert_array_equal(target.select(OUTPUTS[[1]], np.array([1])), [[16]])
    np.testing.assert_array_equal(target.rows(slice(1, 2)).select(OUTPUTS[[1]]), [[16]])


@pytest.mark.parametrize("spec", [None, "dog", ("dog", "cat"), np.array([2, 1])])
def test_a_target_is_rebuilt_from_what_the_receipt_keeps(spec):
    target = resolve(spec)
    rebuilt = rebuild_target(json.loads(json.dumps(target.describe())))
    assert rebuilt.names == target.names
    np.testing.assert_array_equal(rebuilt.select(OUTPUTS), target.select(OUTPUTS))


def test_a_rebuilt_function_asks_for_the_function():
    rebuilt = rebuild_target(resolve(lambda outputs: outputs[:, 0]).describe())
    with pytest.raises(ParameterError, match="pass it again"):
        rebuilt.select(OUTPUTS)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("horse", "no output 'horse'; this model has 3: 'cat', 'dog', 'cow'"),
        (3, "no output 3"),
        ([], "target must be"),
        (("cat", "dog", "cow"), "a contrast is a pair"),
        (("cat", "cat"), "two different outputs"),
        (np.array([0, 1, 2]), "one whole number for each of the 2 rows"),
        (np.array([0, 3]), "numbered 0 to 2"),
        (np.array([0.5, 1.0]), "one whole number"),
        (1.5, "target must be"),
    ],
)
def test_a_target_that_is_none_is_refused(spec, sentence):
    with pytest.raises(ParameterError, match=sentence):
        resolve(spec)


def test_a_function_that_answers_with_another_shape_is_refused():
    with pytest.raises(ParameterError, match=r"got shape \(2, 3\) and returned \(3, 2\)"):
        resolve(lambda outputs: outputs.T).select(OUTPUTS)
