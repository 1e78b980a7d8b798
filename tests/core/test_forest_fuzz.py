"""Damaged forests of every kind: an error, or answers that still add up; never a crash, never a quiet mistake."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from tests.native import forests

from pellucid.core.errors import PellucidError
from pellucid.core.forest import Forest, predict
from pellucid.core.forest_background import Background
from pellucid.core.forest_interactions import interventional_interactions, path_dependent_interactions
from pellucid.core.forest_shapley import interventional_shapley, path_dependent_shapley

ARRAYS = [field.name for field in fields(Forest) if field.name != "n_features"]
FEATURES = 4
NUMBERS = np.array([np.nan, np.inf, -np.inf, -1.0, 0.0, -0.0, 1e308, -1e308, 5e-324, 1e-300, 1e39])


def whole(dtype, nodes):
    """Whole numbers that mean something near the places where they are read."""
    info = np.iinfo(dtype)
    near = [info.min, info.max, -2, -1, 0, 1, 2, 3, 4, 5, nodes - 1, nodes, nodes + 1, 2**31 - 1, 2**40]
    return np.array([n for n in near if info.min <= n <= info.max]).astype(dtype)


def damaged(array: np.ndarray, rng, nodes: int) -> np.ndarray:
    """One element changed, two exchanged, some cut off or added, or another type or number of dimensions."""
    if array.dtype == object or not array.ndim:
        return array
    array, kind = array.copy(), rng.integers(10)
    flat = array.reshape(-1)
    if kind == 7:
        return array[: rng.integers(len(array) + 1)]
    if kind == 8:
        return np.concatenate([array, array[: rng.integers(1, 3)]])
    if kind == 9:
        odd = [array.astype(np.float32), array.astype(object), array[None], array[:, None], array.byteswap()]
        return [*odd, array.view(array.dtype.newbyteorder()), np.array(0)][rng.integers(7)]
    if not flat.size:
        return array
    at = rng.integers(flat.size)
    if kind == 6:
        other = rng.integers(flat.size)
        flat[[at, other]] = flat[[other, at]]
    elif array.dtype == bool:
        flat[at] = ~flat[at]
    else:
        flat[at] = rng.choice(NUMBERS if array.dtype.kind == "f" else whole(array.dtype, nodes))
    return array


def answers(forest: Forest, rows, background):
    """(what, base + Σ values) of every way to explain; a way that is refused is left out."""
    ways = {
        "by cover": lambda: path_dependent_shapley(forest, rows, exact=True),
        "against rows": lambda: interventional_shapley(forest, rows, Background(forest).add(background), exact=True),
        "pairs by cover": lambda: path_dependent_interactions(forest, rows, exact=True),
        "pairs against rows": lambda: interventional_interactions(
            forest, rows, Background(forest).add(background), exact=True
        ),
        "threes by cover": lambda: path_dependent_interactions(forest, rows, order=3, exact=True),
        "float32": lambda: path_dependent_shapley(forest, rows),
        "float32 pairs": lambda: path_dependent_interactions(forest, rows),
    }
    for what, ask in ways.items():
        try:
            *_, base = found = ask()
        except PellucidError:
            continue
        yield what, base + sum(part.sum(axis=1) for part in found[:-1] if part.ndim == 3)


@trials(max_examples=500, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.integers(1, 3))
def test_damage_ends_in_an_error_or_in_answers_that_add_up(seed, vector, hits):
    rng = np.random.default_rng(seed)
    forest = forests.random_forest(rng, n_features=FEATURES, n_trees=2, depth=4, n_outputs=2, vector=vector)
    nodes = len(forest.feature)
    for name in rng.choice(ARRAYS, hits):
        forest = replace(forest, **{name: damaged(getattr(forest, name), rng, nodes)})
    if rng.random() < 0.05:
        forest = replace(forest, n_features=int(rng.choice([-1, 0, 1, 2**31, 2**62])))
    rows, background = forests.random_rows(rng, 3, FEATURES), forests.random_rows(rng, 3, FEATURES)
    try:
        predicted = predict(forest, rows)
    except PellucidError:
        return
    scale = max(np.abs(forest.value).max(), np.abs(forest.base).max())
    for what, total in answers(forest, rows, background):
        in_float = what.startswith("float32")
        if scale < (1e30 if in_float else 1e100):
            tolerance = 1e-5 if in_float else 1e-10
            np.testing.assert_allclose(total, predicted, rtol=0, atol=tolerance * scale, err_msg=what)


@pytest.mark.parametrize("huge", [1e308, 1.5e308])
def test_covers_too_large_to_be_added_up_still_weigh_the_sides(huge):
    forest = forests.random_forest(np.random.default_rng(0), n_features=2, n_trees=1, depth=2, grow=1.0)
    forest.cover[:] = huge
    rows = forests.random_rows(np.random.default_rng(1), 9, 2)
    values, base = path_dependent_shapley(forest, rows, exact=True)
    np.testing.assert_allclose(base + values.sum(axis=1), predict(forest, rows), atol=1e-12)
