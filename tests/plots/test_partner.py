"""The strength of an interaction, against the definition written slowly."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from pellucid.core.tables import read_table
from pellucid.plots.partner import interaction_strengths


def parts(values, count):
    """Code of each value: in which of ``count`` parts of the ordered values it lies; ties stay together."""
    ordered = sorted(value for value in values if not math.isnan(value))
    edges = sorted({ordered[math.floor(k / count * (len(ordered) - 1))] for k in range(1, count)})
    return [count if math.isnan(value) else sum(value > edge for edge in edges) for value in values]


def squares(values):
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values)


def slow_strength(phi, x, z, others):
    n = len(phi)
    bins, groups = parts(x, min(40, max(1, n // 20))), parts(z, 3)
    total = within = 0.0
    cells = filled = 0
    for number in sorted(set(bins)):
        rows = [i for i in range(n) if bins[i] == number]
        mean_x = sum(x[i] for i in rows) / len(rows)
        mean_y = sum(phi[i] for i in rows) / len(rows)
        square = sum((x[i] - mean_x) ** 2 for i in rows)
        slope = sum((x[i] - mean_x) * (phi[i] - mean_y) for i in rows) / square if square > 0 else 0.0
        rest = {i: phi[i] - mean_y - slope * (x[i] - mean_x) for i in rows}
        total += squares(list(rest.values()))
        filled += 1
        for group in {groups[i] for i in rows}:
            within += squares([rest[i] for i in rows if groups[i] == group])
            cells += 1
    k = cells - filled
    c = 2 + math.sqrt(2 * math.log(others))
    return (total - within - (k + c * math.sqrt(2 * k)) * within / (n - cells - filled)) / total


@pytest.mark.parametrize("rows", [60, 300])
def test_it_is_what_the_definition_says(rows, rng):
    data = pd.DataFrame(rng.normal(size=(rows, 4)), columns=list("abcd"))
    data.loc[::7, "c"] = np.nan
    data["d"] = data["d"].round(0)
    phi = (data.a * data.b + 0.1 * data.d).to_numpy()
    strengths = interaction_strengths(phi, read_table(data), 0)
    assert strengths[0] == -np.inf
    for j, name in enumerate("bcd", start=1):
        wanted = slow_strength(list(phi), list(data["a"]), list(data[name]), 3)
        np.testing.assert_allclose(strengths[j], wanted, rtol=1e-9)


def test_a_feature_that_decides_all_explains_nearly_all(rng):
    data = pd.DataFrame({"a": rng.integers(0, 3, 600) * 1.0, "shop": rng.choice(["x", "y"], 600), "c": rng.random(600)})
    phi = np.where(data["shop"] == "x", 1.0, -1.0)
    strengths = interaction_strengths(phi, read_table(data), 0)
    assert strengths[1] > 0.99
    assert strengths[2] < 0.02


def test_when_x_alone_decides_no_other_has_strength(rng):
    data = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    strengths = interaction_strengths(np.exp(data["a"].to_numpy() / 9), read_table(data), 0)
    assert list(strengths[1:]) == [0, 0]


def test_chance_stays_below_zero_almost_always(rng):
    data = pd.DataFrame(rng.normal(size=(200, 300)), columns=[f"x{j}" for j in range(300)])
    strengths = interaction_strengths(rng.normal(size=200), read_table(data), 0)
    assert (strengths[1:] > 0).mean() < 0.01


def test_two_rows_have_no_interaction(rng):
    data = pd.DataFrame(rng.normal(size=(2, 3)), columns=list("abc"))
    assert (interaction_strengths(np.array([0.0, 1.0]), read_table(data), 0) <= 0).all()
