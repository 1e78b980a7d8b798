"""Forests in: what is refused, with which words; rows, players and backgrounds that do not fit."""

import pickle
import re
from contextlib import suppress
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.core.errors import InputError, ParameterError, PellucidError, UnsupportedModelError
from pellucid.core.forest import Decision, Forest, Missing, predict
from pellucid.core.forest_background import Background
from pellucid.core.forest_shapley import interventional_shapley, path_dependent_shapley

ARRAYS = [field.name for field in fields(Forest) if field.name != "n_features"]


def stump(**changes) -> Forest:
    """Node 0 splits column 1 at 0.5; node 1 is the left leaf, node 2 the right one."""
    arrays = {
        "feature": np.array([1, -1, -1], np.int32),
        "threshold": np.array([0.5, 0.0, 0.0]),
        "left": np.array([1, -1, -1], np.int32),
        "right": np.array([2, -1, -1], np.int32),
        "decision": np.array([Decision.LESS_EQUAL_F64, 0, 0], np.uint8),
        "missing": np.array([Missing.NAN, 0, 0], np.uint8),
        "default_left": np.array([True, False, False]),
        "cover": np.array([4.0, 3.0, 1.0]),
        "value": np.array([[0.0], [10.0], [30.0]]),
        "set_start": np.zeros(4, np.int64),
        "set_words": np.zeros(0, np.uint32),
        "roots": np.array([0], np.int32),
        "tree_output": np.array([0], np.int32),
        "base": np.array([100.0]),
        "n_features": 2,
    }
    return Forest(**(arrays | changes))


def put(name: str, index, value) -> Forest:
    array = getattr(stump(), name).copy()
    array[index] = value
    return stump(**{name: array})


ROWS = np.array([[7.0, 0.0], [7.0, 1.0], [7.0, np.nan]])


def test_a_stump_by_hand():
    np.testing.assert_array_equal(predict(stump(), ROWS)[:, 0], [110, 130, 110])
    values, base = path_dependent_shapley(stump(), ROWS, exact=True)
    assert base == [115]
    np.testing.assert_allclose(values[:, :, 0], [[0, -5], [0, 15], [0, -5]])
    forest = stump()
    values, base = interventional_shapley(
        forest, ROWS, Background(forest).add(ROWS[:2], np.array([1.0, 3.0])), exact=True
    )
    assert base == [125]
    np.testing.assert_allclose(values[:, :, 0], [[0, -15], [0, 5], [0, -15]])


MALFORMED = {
    "a cycle": (put("left", 0, 0), "node 0 has two parents"),
    "a shared child": (put("right", 0, 1), "node 1 has two parents"),
    "a child out of range": (put("right", 0, 9), "a right child is node 9 of 3"),
    "a negative child": (put("left", 0, -5), "a left child is node -5 of 3"),
    "a root out of range": (stump(roots=np.array([3], np.int32)), "a root is node 3 of 3"),
    "a root used twice": (
        stump(roots=np.array([0, 0], np.int32), tree_output=np.array([0, 0], np.int32)),
        "node 0 has two parents",
    ),
    "a node left over": (stump(roots=np.array([1], np.int32)), "node 0 belongs to no tree"),
    "a leaf with children": (put("left", 1, 2), "node 1 is neither a leaf nor a split"),
    "a feature below -1": (put("feature", 1, -2), "node 1 is neither a leaf nor a split"),
    "a feature out of range": (put("feature", 0, 2), "node 0 tests feature 2 of 2"),
    "an unknown decision": (put("decision", 0, 5), "node 0 has the unknown decision 5"),
    "an unknown missing rule": (put("missing", 0, 3), "node 0 has the unknown missing rule 3"),
    "a NaN threshold": (put("threshold", 0, np.nan), "the threshold of node 0 is NaN"),
    "a NaN leaf": (put("value", (2, 0), np.nan), "the value of leaf 2 is not finite"),
    "an infinite leaf": (put("value", (1, 0), np.inf), "the value of leaf 1 is not finite"),
    "an infinite base": (stump(base=np.array([np.inf])), "the base is not finite"),
    "no output": (stump(base=np.zeros(0)), "the forest has no output"),
    "an output out of range": (stump(tree_output=np.array([1], np.int32)), "tree 0 adds to output 1"),
    "an output below -1": (stump(tree_output=np.array([-2], np.int32)), "tree 0 adds to output -2"),
    "vectors of the wrong width": (
        stump(base=np.zeros(2), tree_output=np.array([-1], np.int32)),
        "the leaves of tree 0 hold 1 numbers where 2 are needed",
    ),
    "a set that ends before it starts": (put("set_start", 1, -1), "category set of node 0 has a bad range"),
    "sets beyond their words": (put("set_start", 3, 4), "the category sets reach beyond their words"),
    "arrays of different lengths": (stump(cover=np.ones(2)), "the node arrays have different lengths"),
    "roots without outputs": (stump(tree_output=np.zeros(0, np.int32)), "there is not one tree_output a root"),
    "a negative width": (stump(n_features=-1), "the number of features is negative"),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_forest_is_refused_in_one_sentence(what):
    forest, reason = MALFORMED[what]
    with pytest.raises(UnsupportedModelError, match=re.escape(reason)) as error:
        predict(forest, np.zeros((1, max(forest.n_features, 0))))
    assert str(error.value).count(". ") == 0


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_of_the_wrong_type_is_refused_by_name(name):
    forest = stump(**{name: getattr(stump(), name).astype(np.float16)})
    with pytest.raises(UnsupportedModelError, match=f"the forest's {name} must be"):
        predict(forest, ROWS)


@pytest.mark.parametrize("cover", [np.nan, -1.0, np.inf])
def test_covers_that_cannot_weigh_are_refused_where_they_are_needed(cover):
    forest = put("cover", 2, cover)
    np.testing.assert_array_equal(predict(forest, ROWS)[:, 0], [110, 130, 110])
    interventional_shapley(forest, ROWS, Background(forest).add(ROWS))
    with pytest.raises(UnsupportedModelError, match=r"the cover of node 2 is .*; give a background instead"):
        path_dependent_shapley(forest, ROWS)


def test_covers_that_were_never_recorded_are_refused():
    with pytest.raises(UnsupportedModelError, match="records no training weight; give a background instead"):
        path_dependent_shapley(stump(cover=np.zeros(3)), ROWS)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_random_damage_ends_in_values_or_in_one_error(seed):
    """Bytes are changed at random: nothing crashes, hangs, or raises anything but the one error."""
    rng = np.random.default_rng(seed)
    changes = {}
    for name in rng.choice(ARRAYS, size=rng.integers(1, 4), replace=False):
        array = getattr(stump(), name).copy()
        if array.size and rng.random() < 0.8:
            array.reshape(-1)[rng.integers(array.size)] = damage(rng, array.dtype)
        else:
            array = array[: rng.integers(array.shape[0] + 1)]
        changes[name] = array
    forest = stump(**changes)
    with suppress(PellucidError):
        predict(forest, ROWS)
        path_dependent_shapley(forest, ROWS)
        interventional_shapley(forest, ROWS, Background(forest).add(ROWS))


def damage(rng, dtype):
    if dtype.kind == "f":
        return rng.choice([np.nan, np.inf, -np.inf, -1.0, 0.0, 1e308, 5e-324])
    info = np.iinfo(dtype) if dtype.kind in "iu" else None
    if info is None:
        return bool(rng.integers(2))
    return rng.choice(np.array([info.min, info.max, 0, 1, 2, 3, 4], dtype))


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros((2, 2), np.float32),
        np.zeros((2, 2), object),
        np.zeros(2),
        np.zeros((2, 3)),
        np.zeros((2, 1)),
        [[0.0, 1.0]],
        None,
    ],
)
def test_rows_that_do_not_fit_are_refused(rows):
    background = Background(forest := stump())
    for call in (
        lambda: predict(forest, rows),
        lambda: path_dependent_shapley(forest, rows),
        lambda: background.add(rows),
        lambda: interventional_shapley(forest, rows, background),
    ):
        with pytest.raises(InputError, match=r"rows (must be a 2-D float64 array|have \d columns)"):
            call()
    assert background.total == 0


def test_rows_in_any_memory_order_give_the_same_values():
    forest = stump()
    for rows in (np.asfortranarray(ROWS), np.repeat(ROWS, 2, axis=0)[::2]):
        np.testing.assert_array_equal(predict(forest, rows), predict(forest, ROWS))


def test_no_rows_give_empty_values():
    forest = stump()
    background = Background(forest).add(ROWS)
    none = np.zeros((0, 2))
    assert predict(forest, none).shape == (0, 1)
    assert path_dependent_shapley(forest, none)[0].shape == (0, 2, 1)
    assert interventional_shapley(forest, none, background)[0].shape == (0, 2, 1)
    assert background.add(none).total == 3


@pytest.mark.parametrize(
    "players",
    [
        np.array([0, -1]),
        np.array([0.0, 1.0]),
        np.array([0]),
        np.array([[0, 1]]),
        [0, 1],
        np.array([0, 2**31]),
    ],
)
def test_players_that_do_not_fit_are_refused(players):
    for call in (lambda: path_dependent_shapley(stump(), ROWS, players), lambda: Background(stump(), players)):
        with pytest.raises(ParameterError, match="players"):
            call()


def test_more_players_than_columns_name_have_no_effect():
    values, _ = path_dependent_shapley(stump(), ROWS, np.array([2, 0]), n_players=4, exact=True)
    np.testing.assert_allclose(values[:, :, 0], [[-5, 0, 0, 0], [15, 0, 0, 0], [-5, 0, 0, 0]])
    with pytest.raises(ParameterError, match="players run from 0 to 2"):
        path_dependent_shapley(stump(), ROWS, np.array([2, 0]), n_players=2)


def test_players_of_any_integer_type_are_the_same_players():
    expected, _ = path_dependent_shapley(stump(), ROWS, np.array([1, 0], np.int32))
    for dtype in (np.int64, np.uint8):
        got, _ = path_dependent_shapley(stump(), ROWS, np.array([1, 0], dtype))
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    "weights", [np.ones(2), np.ones(3, np.float32), np.array([1, np.nan, 1]), np.array([1, -1.0, 1]), [1, 1, 1]]
)
def test_weights_that_do_not_fit_are_refused_and_nothing_is_added(weights):
    background = Background(stump()).add(ROWS)
    with pytest.raises(InputError, match="weight"):
        background.add(ROWS, weights)
    assert background.total == 3


def test_an_empty_background_is_refused():
    forest = stump()
    for background in (Background(forest), Background(forest).add(ROWS, np.zeros(3))):
        with pytest.raises(ParameterError, match="total weight of 0; add rows"):
            interventional_shapley(forest, ROWS, background)


def test_backgrounds_of_other_forests_or_players_do_not_mix():
    forest, other = stump(), stump()
    background = Background(forest).add(ROWS)
    with pytest.raises(ParameterError, match="another forest"):
        interventional_shapley(other, ROWS, background)
    for stranger in (Background(other), Background(forest, np.array([0, 0])), Background(forest, n_players=3)):
        with pytest.raises(ParameterError, match="different forests or players"):
            background.merge(stranger)
    with pytest.raises(ParameterError, match="merged with itself"):
        background.merge(background)


def test_a_forest_travels_between_processes_without_what_the_engine_made_of_it():
    forest = stump()
    predict(forest, ROWS)
    path_dependent_shapley(forest, ROWS)
    copy = pickle.loads(pickle.dumps(forest))
    np.testing.assert_array_equal(predict(copy, ROWS), predict(forest, ROWS))
    assert predict(replace(forest, base=np.zeros(1)), ROWS)[0] == 10


def test_a_tree_of_40000_nodes_is_read_and_explained():
    n = 20_000
    feature = np.where(np.arange(2 * n + 1) % 2 == 0, np.arange(2 * n + 1) // 2 % 5, -1).astype(np.int32)
    feature[-1] = -1
    split = feature >= 0
    rng = np.random.default_rng(0)
    forest = stump(
        feature=feature,
        threshold=np.where(split, np.arange(2 * n + 1) / n - 1, 0.0),
        left=np.where(split, np.arange(2 * n + 1) + 1, -1).astype(np.int32),
        right=np.where(split, np.arange(2 * n + 1) + 2, -1).astype(np.int32),
        decision=np.full(2 * n + 1, Decision.LESS_EQUAL_F64, np.uint8),
        missing=np.zeros(2 * n + 1, np.uint8),
        default_left=np.zeros(2 * n + 1, bool),
        cover=np.ones(2 * n + 1),
        value=rng.normal(size=(2 * n + 1, 1)),
        set_start=np.zeros(2 * n + 2, np.int64),
        n_features=5,
    )
    rows = rng.uniform(-1.2, 1.2, size=(3, 5))
    values, base = path_dependent_shapley(forest, rows, exact=True)
    np.testing.assert_allclose(base + values.sum(axis=1), predict(forest, rows), atol=1e-10)
    values, base = interventional_shapley(forest, rows, Background(forest).add(rows), exact=True)
    np.testing.assert_allclose(base + values.sum(axis=1), predict(forest, rows), atol=1e-10)
