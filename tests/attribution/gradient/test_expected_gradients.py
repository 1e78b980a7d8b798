"""Expected gradients: integrated gradients averaged over a background."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.attribution.gradient.nets import ROWS, TANH, Function

from pellucid.attribution import ExpectedGradients, IntegratedGradients
from pellucid.core.errors import ParameterError

BACKGROUND = np.random.default_rng(8).normal(size=(10, 5))


def test_values_are_the_mean_of_integrated_gradients_within_their_error():
    found = ExpectedGradients(TANH.module, BACKGROUND, draws=3_000).explain(ROWS, 1)
    each = [IntegratedGradients(TANH.module, row, tolerance=1e-5).explain(ROWS, 1).values for row in BACKGROUND]
    assert (np.abs(found.values - np.mean(each, axis=0)) <= 4 * found.stderr + 1e-9).all()
    np.testing.assert_allclose(found.base, np.tile(TANH(BACKGROUND)[:, 1].mean(), (6, 1)))


def test_a_linear_function_is_exact_when_every_background_row_is_drawn_as_often():
    linear = Function(lambda x: x @ torch.arange(1.0, 6.0, dtype=torch.float64))
    found = ExpectedGradients(linear, BACKGROUND, draws=20).explain(ROWS)
    np.testing.assert_allclose(found.values[..., 0], (ROWS - BACKGROUND.mean(axis=0)) * np.arange(1, 6), rtol=1e-9)
    assert found.receipt.completeness.gap < 1e-10


def test_more_draws_come_closer_and_the_receipt_says_how_close():
    gaps = [
        np.mean(
            [
                ExpectedGradients(TANH.module, BACKGROUND, draws=draws, seed=seed)
                .explain(ROWS)
                .receipt.completeness.gap
                for seed in range(5)
            ]
        )
        for draws in (20, 2_000)
    ]
    assert gaps[1] < gaps[0] / 5


def test_each_row_has_the_base_of_its_own_target():
    chosen = np.array([0, 1, 2, 0, 1, 2])
    found = ExpectedGradients(TANH.module, BACKGROUND, draws=10).explain(ROWS, chosen)
    np.testing.assert_allclose(found.base[:, 0], TANH(BACKGROUND).mean(axis=0)[chosen])


def test_a_background_is_needed():
    with pytest.raises(ParameterError, match="ExpectedGradients: background=None was passed"):
        ExpectedGradients(TANH.module).explain(ROWS)
