"""What a coalition is worth, whatever the batches."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from pellucid.core.batching import Game, row_blocks
from pellucid.core.errors import ParameterError
from pellucid.core.model import Model
from pellucid.core.tables import read_table
from pellucid.core.target import resolve_target
from pellucid.maskers import Background

EVERY = np.array(list(product([False, True], repeat=3)))
NAMES = ("cat", "dog")


def outputs(x):
    return np.column_stack([x[:, 0] * x[:, 1], np.exp(x[:, 2]) + x[:, 0]])


MODEL = Model("model", None, lambda table: outputs(table.numbers()), NAMES, "target")


def game(rows, background, target=None, batch_size=1_000, weights=None, model=MODEL):
    resolved = resolve_target(target, NAMES, n_rows=len(rows), predictions=lambda: outputs(rows))
    return Game(model, Background(background, weights), read_table(rows), resolved, batch_size=batch_size)


@pytest.mark.parametrize(
    ("target", "apply"),
    [
        (None, lambda out, i: out),
        ("dog", lambda out, i: out[:, 1:]),
        (("dog", "cat"), lambda out, i: out[:, 1:] - out[:, :1]),
        (np.array([1, 0, 1]), lambda out, i: out[:, [(1, 0, 1)[i]]]),
        (lambda out: 1 / (1 + np.exp(-out[..., 0])), lambda out, i: 1 / (1 + np.exp(-out[:, :1]))),
    ],
    ids=["all", "one", "contrast", "per row", "function"],
)
def test_a_coalition_is_worth_the_mean_of_the_target_over_the_background(rng, target, apply):
    rows, background, weights = rng.normal(size=(3, 3)), rng.normal(size=(5, 3)), np.array([1, 2, 3, 4, 0])
    played = game(rows, background, target, weights=weights)
    worth, base = played.worth(np.arange(3), EVERY), played.base()
    for i, row in enumerate(rows):
        for s, present in enumerate(EVERY):
            mixed = np.where(present, row, background)
            expected = np.average(apply(outputs(mixed), i), axis=0, weights=weights)
            np.testing.assert_allclose(worth[i, s], expected, rtol=1e-12)
        np.testing.assert_array_equal(base[i], worth[i, 0])


def test_evaluations_are_counted_and_the_base_is_asked_once(rng):
    asked = []
    model = Model("model", None, lambda t: (asked.append(len(t)), outputs(t.numbers()))[1], NAMES, "target")
    played = game(rng.normal(size=(6, 3)), rng.normal(size=(5, 3)), model=model, batch_size=4)
    played.base()
    assert sum(asked) == played.evaluations == 5
    played.worth(np.array([4, 2]), EVERY)
    assert sum(asked) == played.evaluations == 5 + 2 * (7 * 5 + 1)
    assert max(asked) <= 4


@pytest.mark.parametrize("batch_size", [1, 2, 7, 64])
def test_the_batch_size_does_not_change_a_bit(rng, batch_size):
    rows, background = rng.normal(size=(3, 3)), rng.normal(size=(11, 3))
    expected = game(rows, background).worth(np.arange(3), EVERY)
    got = game(rows, background, batch_size=batch_size).worth(np.arange(3), EVERY)
    np.testing.assert_array_equal(got, expected)


def test_a_masker_whose_base_depends_on_the_row_is_asked_for_each(rng):
    played = game(rng.normal(size=(3, 3)), rng.normal(size=(5, 3)))
    shared = played.base()
    played.masker.one_base = False
    np.testing.assert_array_equal(played.base(), shared)
    assert played.evaluations == 5 + 3 * 5


def test_a_function_with_several_numbers_a_row_is_refused(rng):
    with pytest.raises(ParameterError, match="gave 2 numbers for each row"):
        game(rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), lambda out: out * 2).base()


def test_row_blocks_cover_all_rows_and_hold_one_at_least():
    for n, coalitions in ((10, 3), (10, 100_000), (1, 1), (40_000, 1)):
        blocks = row_blocks(n, coalitions)
        np.testing.assert_array_equal(np.concatenate(blocks), np.arange(n))
        assert all(len(block) * coalitions <= 16_384 or len(block) == 1 for block in blocks)
