"""How much of a gap is left to a model's own rounding."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.core.model import Model
from pellucid.core.rounding import rounding_gap
from pellucid.core.tables import read_table


@pytest.mark.parametrize(("dtype", "gap"), [(np.float64, 1e-9), (np.float32, 64 * 2.0**-23)])
def test_a_model_that_answers_in_float32_is_left_more(rng, dtype, gap):
    asked = []

    def predict(table):
        asked.append(len(table))
        return (table.numbers().sum(axis=1) / 3).astype(dtype)

    model = Model("model", None, predict, ("out",), "target")
    assert rounding_gap(model, read_table(rng.normal(size=(50, 4)))) == gap
    assert asked == [8]
