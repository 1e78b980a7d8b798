"""Laws that values of every forest obey, whatever its splits, its players and the way it is computed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from tests.native import forests
from tests.native.laws import AVAILABLE, close, seeds, shapes, some_players

from pellucid.core.forest import Forest, predict
from pellucid.core.forest_background import Background
from pellucid.core.forest_interactions import interventional_interactions, path_dependent_interactions
from pellucid.core.forest_shapley import interventional_shapley, path_dependent_shapley
from pellucid.core.native import forced_simd_path

SHAPES = shapes(n_features=(2, 15), n_trees=(1, 4), depth=(1, 9), grow=st.sampled_from([0.7, 0.9]))


def tried(examples):
    return trials(max_examples=examples, deadline=None, derandomize=True)


def random(shape, seed, n=40):
    """A forest, rows, and a background with weights of which some are 0."""
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, **shape)
    rows, others = (forests.random_rows(rng, count, shape["n_features"]) for count in (n, 9))
    return rng, forest, rows, others, rng.uniform(0.1, 2, 9) * (np.arange(9) % 4 > 0)


def everything(forest, rows, others, weights, players=None, **how):
    """Values, and pairs with main effects, by cover and against rows: a list of arrays, rows first."""
    background = Background(forest, players).add(others, weights)
    threads = how.get("threads", 1)
    pairs = (
        path_dependent_interactions(forest, rows, players, threads=threads),
        interventional_interactions(forest, rows, background, threads=threads),
    )
    return [
        predict(forest, rows, threads=threads),
        path_dependent_shapley(forest, rows, players, **how)[0],
        interventional_shapley(forest, rows, background, **how)[0],
        *(part for _, values, main, _ in pairs for part in (values, main)),
    ]


def values_of(forest, rows, others, weights):
    against = Background(forest).add(others, weights)
    return (
        path_dependent_shapley(forest, rows, exact=True)[0],
        interventional_shapley(forest, rows, against, exact=True)[0],
    )


@tried(60)
@given(SHAPES, seeds, st.booleans(), st.booleans(), st.sampled_from(AVAILABLE), st.integers(1, 5))
def test_bits_depend_on_nothing_but_the_row(shape, seed, exact, grouped, path, threads):
    rng, forest, rows, others, weights = random(shape, seed, 300)
    players = some_players(rng, shape["n_features"], grouped, most=3)
    expected = everything(forest, rows, others, weights, players, exact=exact, threads=1)
    order, cut = rng.permutation(len(rows)), int(rng.integers(1, len(rows)))
    again = replace(forest)
    with forced_simd_path(path):
        parts = [
            everything(again, np.ascontiguousarray(part), others, weights, players, exact=exact, threads=threads)
            for part in (rows[order[:cut]], rows[order[cut:]])
        ]
    for want, *halves in zip(expected, *parts, strict=True):
        assert np.concatenate(halves).tobytes() == want[order].tobytes()


@tried(60)
@given(SHAPES, seeds)
def test_a_player_that_no_split_tests_gets_nothing(shape, seed):
    _, forest, rows, others, weights = random({**shape, "depth": min(shape["depth"], 3)}, seed)
    idle = np.setdiff1d(np.arange(shape["n_features"]), forest.feature)
    for values in values_of(forest, rows, others, weights):
        assert not values[:, idle].any()


@tried(60)
@given(SHAPES, seeds)
def test_columns_that_change_places_take_their_values_along(shape, seed):
    rng, forest, rows, others, weights = random(shape, seed)
    to = rng.permutation(shape["n_features"]).astype(np.int32)
    moved = replace(forest, feature=np.where(forest.feature < 0, -1, to[forest.feature]).astype(np.int32))
    back = np.argsort(to)
    found = values_of(moved, *(np.ascontiguousarray(part[:, back]) for part in (rows, others)), weights)
    for got, expected in zip(found, values_of(forest, rows, others, weights), strict=True):
        close(got[:, to], expected)


@tried(60)
@given(SHAPES, seeds)
def test_columns_that_play_alike_have_equal_values(shape, seed):
    """Each tree a second time, with two columns exchanged; the columns hold the same numbers."""
    _, forest, rows, others, weights = random(shape, seed)
    rows[:, 1], others[:, 1] = rows[:, 0], others[:, 0]
    exchanged = np.r_[1, 0, 2 : shape["n_features"]]
    twin = replace(forest, feature=np.where(forest.feature < 0, -1, exchanged[forest.feature]).astype(np.int32))
    for values in values_of(both(forest, twin), rows, others, weights):
        close(values[:, 0], values[:, 1])


@tried(60)
@given(SHAPES, seeds, seeds)
def test_values_of_a_sum_are_the_sum_of_values(shape, seed, other_seed):
    _, forest, rows, others, weights = random(shape, seed)
    more = random(shape, other_seed)[1]
    parts = [values_of(each, rows, others, weights) for each in (forest, more)]
    together = values_of(both(forest, more), rows, others, weights)
    for got, first, second in zip(together, *parts, strict=True):
        close(got, first + second)


@tried(60)
@given(SHAPES, seeds)
def test_a_background_row_counts_as_often_as_its_weight_says(shape, seed):
    rng, forest, rows, others, _ = random(shape, seed)
    counts = rng.integers(0, 4, len(others))
    counts[0] = 1
    weighted = interventional_shapley(forest, rows, Background(forest).add(others, counts * 0.5), exact=True)
    repeated = Background(forest).add(np.repeat(others, counts, axis=0))
    for got, expected in zip(weighted, interventional_shapley(forest, rows, repeated, exact=True), strict=True):
        close(got, expected)


def both(first: Forest, second: Forest) -> Forest:
    """The trees of two forests with the same outputs and columns."""
    n = len(first.feature)

    def after(name, shift=0):
        a, b = getattr(first, name), getattr(second, name)
        return np.concatenate([a, np.where(b < 0, b, b + shift).astype(b.dtype) if shift else b])

    kept = {name: after(name) for name in ("feature", "threshold", "decision", "missing", "default_left", "cover")}
    sets = np.concatenate([first.set_start, second.set_start[1:] + first.set_start[-1]])
    return Forest(
        **kept,
        left=after("left", n),
        right=after("right", n),
        value=after("value"),
        set_start=sets,
        set_words=after("set_words"),
        roots=after("roots", n),
        tree_output=after("tree_output"),
        base=first.base + second.base,
        n_features=first.n_features,
    )
