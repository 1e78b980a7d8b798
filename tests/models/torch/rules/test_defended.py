"""The gradient that turns on nothing which the original leaves off."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from pellucid.models.torch.rules import Defended


def net():
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 1)).double()


def by_hand(model, point, original):
    """∂f/∂point with what arrives at an activation put to 0 where its answer has left 0 … the original's."""
    w1, b1, w2, b2, w3, _ = (p.detach().numpy() for p in model.parameters())
    z1, z1_original = point @ w1.T + b1, original @ w1.T + b1
    h1, h1_original = np.maximum(z1, 0), np.maximum(z1_original, 0)
    z2, z2_original = h1 @ w2.T + b2, h1_original @ w2.T + b2
    h2, h2_original = np.maximum(z2, 0), np.maximum(z2_original, 0)
    arriving = w3[0] * (h2 <= h2_original) * (z2 > 0)
    arriving = (arriving @ w2) * (h1 <= h1_original) * (z1 > 0)
    return arriving @ w1


def found(model, point, original):
    leaf = torch.from_numpy(point).requires_grad_()
    with Defended().applied(model) as run:
        run.refer(leaf, torch.from_numpy(original))
        output = model(leaf)
    (gradient,) = torch.autograd.grad(output.sum(), leaf)
    return output.detach(), gradient.numpy()


def test_the_gradient_is_filtered_as_by_hand():
    rng, model = np.random.default_rng(0), net()
    points, originals = rng.normal(size=(2, 30, 4))
    output, gradient = found(model, points, originals)
    expected = np.stack([by_hand(model, *pair) for pair in zip(points, originals, strict=True)])
    np.testing.assert_allclose(gradient, expected, atol=1e-14)
    plain = torch.autograd.functional.jacobian(lambda x: model(x).sum(), torch.from_numpy(points)).numpy()
    assert not np.allclose(gradient, plain)
    torch.testing.assert_close(output, model(torch.from_numpy(points)).detach(), rtol=0, atol=0)


def test_at_the_original_itself_nothing_is_filtered():
    points, model = np.random.default_rng(1).normal(size=(5, 4)), net()
    plain = torch.autograd.functional.jacobian(lambda x: model(x).sum(), torch.from_numpy(points)).numpy()
    np.testing.assert_allclose(found(model, points, points)[1], plain, atol=1e-14)


@pytest.mark.parametrize(("here", "there", "passes"), [(-1.0, -2.0, 1), (-2.0, -1.0, 0), (1.0, -1.0, 0), (1.0, 2.0, 1)])
def test_below_zero_the_range_is_between_the_original_and_zero(here, there, passes):
    gradient = found(nn.Tanh(), np.array([[here]]), np.array([[there]]))[1]
    assert gradient[0, 0] == pytest.approx(passes * (1 - np.tanh(here) ** 2))
