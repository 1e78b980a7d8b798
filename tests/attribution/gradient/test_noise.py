"""SmoothGrad and VarGrad: moments of the gradient under noise, with known answers for polynomials."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.attribution.gradient.nets import ROWS, TANH, Function

from pellucid.attribution import Saliency, SmoothGrad, VarGrad

CUBE = Function(lambda x: (x**3).sum(1))
WIDE = ROWS.max(axis=1) - ROWS.min(axis=1)


def test_without_curvature_noise_changes_nothing():
    linear = Function(lambda x: x @ torch.arange(1.0, 6.0, dtype=torch.float64))
    found = SmoothGrad(linear, draws=5).explain(ROWS)
    np.testing.assert_allclose(found.values[..., 0], np.tile(np.arange(1.0, 6.0), (6, 1)))
    np.testing.assert_allclose(found.stderr, 0, atol=1e-12)
    assert not VarGrad(linear, draws=5).explain(ROWS).values.any()


def test_means_and_variances_of_a_cube_are_those_of_a_normal_distribution():
    sigma = 0.2 * WIDE[:, np.newaxis]
    smooth = SmoothGrad(CUBE, noise=0.2, draws=4_000).explain(ROWS)
    off = np.abs(smooth.values[..., 0] - 3 * (ROWS**2 + sigma**2)) / smooth.stderr[..., 0]
    assert off.max() < 4.5
    variance = VarGrad(CUBE, noise=0.2, draws=4_000).explain(ROWS).values[..., 0]
    # of 3(x + ε)²: 9 (4x²σ² + 2σ⁴)
    np.testing.assert_allclose(variance, 9 * (4 * ROWS**2 * sigma**2 + 2 * sigma**4), rtol=0.15)
    np.testing.assert_allclose(smooth.stderr[..., 0], np.sqrt(variance / 4_000), rtol=1e-9)


def test_little_noise_is_the_gradient():
    found = SmoothGrad(TANH.module, noise=1e-9, draws=3).explain(ROWS)
    np.testing.assert_allclose(found.values, Saliency(TANH.module, absolute=False).explain(ROWS).values, rtol=1e-6)


def test_a_variance_is_never_negative_however_steep_the_function():
    steep = Function(lambda x: 1e6 * x.sum(1) + torch.sin(x).sum(1))
    rows = ROWS.astype(np.float32)
    found = VarGrad(steep, draws=20).explain(rows).values
    assert (found >= 0).all()
    slopes = torch.full((20,), 1e6) + torch.linspace(-0.5, 0.5, 20)
    assert (slopes**2).mean() - slopes.mean() ** 2 != pytest.approx(slopes.var(), rel=0.5)


@pytest.mark.parametrize("method", [SmoothGrad, VarGrad])
def test_the_seed_decides_the_draws(method):
    found = [method(TANH.module, draws=4, seed=seed).explain(ROWS).values for seed in (0, 0, 1)]
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2])
