"""Groups of columns over any masker."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from pellucid.attribution import ExactSHAP, PermutationSHAP
from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.maskers import Background, Gaussian, Grouped, Text

NAMES = ["lat", "lon", "fuel_gas", "fuel_oil", "age"]


def model(rows):
    x = np.asarray(rows, dtype=float)
    return x[:, 0] * x[:, 1] + x[:, 2] * x[:, 4] - np.tanh(x[:, 3] + x[:, 4])


GROUPS = {"place": ["lat", "lon"], "fuel": ["fuel_gas", "fuel_oil"]}


@pytest.fixture
def frame(rng):
    table = pd.DataFrame(rng.normal(size=(12, 5)), columns=NAMES)
    gas = rng.random(12) < 0.5
    return table.assign(fuel_gas=gas.astype(float), fuel_oil=(~gas).astype(float))


@pytest.mark.parametrize("method", [ExactSHAP, PermutationSHAP])
def test_groups_have_the_values_of_the_game_in_which_they_play(frame, method):
    background, rows = frame[4:], frame[:3]
    ex = method(model, Grouped(background, GROUPS)).explain(rows)
    assert ex.feature_names == ("place", "fuel", "age")
    members = [[0, 1], [2, 3], [4]]
    for row in range(3):
        x = rows.to_numpy()[row]

        def worth(present, x=x):
            mixed = background.to_numpy().copy()
            columns = [j for player in present for j in members[player]]
            mixed[:, columns] = x[columns]
            return model(mixed).mean()

        expected = np.zeros(3)
        for order in permutations(range(3)):
            for place, player in enumerate(order):
                expected[player] += (worth(order[: place + 1]) - worth(order[:place])) / 6
        np.testing.assert_allclose(ex.values[row, :, 0], expected, atol=1e-9)


def test_a_group_is_shown_with_what_it_holds(frame):
    ex = ExactSHAP(model, Grouped(frame[4:], GROUPS)).explain(frame[:1])
    assert ex.data.column(1)[0] in ("gas", "oil")
    assert "place" in ex.describe()
    assert ex.receipt.background["groups"] == GROUPS


def test_groups_stand_over_any_masker_of_tables(frame):
    ex = ExactSHAP(model, Grouped(Gaussian(frame, draws=10), GROUPS)).explain(frame[:2])
    assert ex.receipt.completeness.kind == "checked"


def test_groups_that_do_not_fit_are_refused(frame):
    with pytest.raises(ColumnsError, match="height"):
        ExactSHAP(model, Grouped(frame, {"place": ["lat", "height"]})).explain(frame[:1])
    with pytest.raises(ParameterError, match="groups must be a mapping"):
        Grouped(frame, ["lat", "lon"])
    with pytest.raises(ParameterError, match="Text makes parts of each row by itself"):
        Grouped(Text(), GROUPS)
    assert isinstance(Grouped(frame, GROUPS).masker, Background)
