"""Quantiles within the stated error, and exactly mergeable."""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest

from pellucid.attribution.shapley.exact import ExactSHAP
from pellucid.core.attribution import Attribution
from pellucid.core.errors import ParameterError
from pellucid.core.quantiles import ERROR, Quantiles
from pellucid.core.receipt import Completeness, Receipt

Q = (0.0, 0.01, 0.25, 0.5, 0.9, 0.999, 1.0)


def attribution(values):
    """Values (rows, features) as one target's."""
    receipt = Receipt(
        "M", {}, "model", "0" * 64, {"names": ["out"]}, "target", len(values), "1" * 64, Completeness("not promised")
    )
    names = tuple(f"x{j}" for j in range(values.shape[1]))
    return Attribution(receipt, values[..., np.newaxis], feature_names=names)


def slow(column, q):
    """The smallest value that at least q·n values do not exceed."""
    return sorted(column)[max(1, ceil(q * len(column))) - 1]


def columns(rng):
    return np.column_stack(
        [
            rng.normal(size=2_000),
            rng.lognormal(sigma=8, size=2_000) * rng.choice([-1, 1], size=2_000),
            np.where(rng.random(2_000) < 0.6, 0.0, rng.normal(size=2_000)),
            np.full(2_000, -0.3),
            rng.normal(size=2_000) * 1e-300,
            1e6 + rng.normal(size=2_000),
        ]
    )


def test_quantiles_are_within_the_stated_error(rng):
    values = columns(rng)
    sketch = Quantiles(Q)
    for start in range(0, 2_000, 300):
        sketch.add(attribution(values[start : start + 300]))
    result = sketch.result()
    assert result.error == ERROR == 1 / 512
    for i, q in enumerate(Q):
        for j, column in enumerate(values.T):
            exact = slow(column, q)
            assert abs(result.values[i, j, 0] - exact) <= ERROR * abs(exact), (q, j)
    np.testing.assert_array_equal(result.values[0, :, 0], values.min(axis=0))
    np.testing.assert_array_equal(result.values[-1, :, 0], values.max(axis=0))
    np.testing.assert_array_equal(result.values[:, 3], -0.3)


def test_merging_is_exact_in_any_order(rng):
    values = columns(rng)
    parts = []
    for rows in np.array_split(rng.permutation(2_000), 3):
        parts.append(Quantiles(Q))
        parts[-1].add(attribution(values[rows]))
    a, b, c = parts
    whole = Quantiles(Q)
    whole.add(attribution(values))
    for merged in (a.merge(b).merge(c), a.merge(b.merge(c)), c.merge(a).merge(b)):
        np.testing.assert_array_equal(merged.result().values, whole.result().values)


def test_memory_does_not_grow_with_the_rows(rng):
    sketch = Quantiles()
    sizes = []
    for _ in range(20):
        sketch.add(attribution(rng.normal(size=(5_000, 1))))
        sizes.append(len(sketch.state.bins[0]))
    assert sizes[-1] < 1.5 * sizes[9] < 12_000


def test_the_table_has_one_line_a_feature_and_target(rng):
    ex = ExactSHAP(lambda x: np.column_stack([x[:, 0], x[:, 1]]), rng.normal(size=(4, 2))).explain(
        rng.normal(size=(50, 2))
    )
    sketch = Quantiles((0.1, 0.5))
    sketch.add(ex)
    frame = sketch.result().to_frame("pandas")
    assert frame.columns.tolist() == ["feature", "target", "0.1", "0.5"]
    assert frame["feature"].tolist() == ["x0", "x0", "x1", "x1"]
    assert sketch.result().target_names == ex.target_names
    assert sketch.result().receipt.rows == 50


def test_bad_quantiles_are_refused():
    for q in ([], [1.5], [-0.1], [[0.5]], [np.nan]):
        with pytest.raises(ParameterError, match="q must be numbers from 0 to 1"):
            Quantiles(q)
    with pytest.raises(ParameterError, match="use the same q"):
        Quantiles((0.5,)).merge(Quantiles((0.6,)))
