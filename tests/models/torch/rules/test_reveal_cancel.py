"""Positive and negative terms apart, against the paper."""

from __future__ import annotations

import numpy as np
import torch
from tests.models.torch.rules.nets import Fn, contributions, gap, points, seeded
from torch import nn

from pellucid.models.torch.rules.multipliers import Multipliers

RULES = Multipliers("reveal-cancel")


def by_hand(f, w, b, v, x, x0):
    """Section 3.5.3 of the paper for f(w x + b)·v, one row, term by term."""
    found = np.zeros(len(x))
    for j in range(len(b)):
        terms = [w[j, i] * (x[i] - x0[i]) for i in range(len(x))]
        up, down = sum(t for t in terms if t > 0), sum(t for t in terms if t < 0)
        z0 = w[j] @ x0 + b[j]
        rise = 0.5 * (f(z0 + up) - f(z0)) + 0.5 * (f(z0 + down + up) - f(z0 + down))
        fall = 0.5 * (f(z0 + down) - f(z0)) + 0.5 * (f(z0 + up + down) - f(z0 + up))
        for i, term in enumerate(terms):
            if term > 0:
                found[i] += v[j] * term * rise / up
            if term < 0:
                found[i] += v[j] * term * fall / down
    return found


def test_two_layers_have_the_papers_multipliers():
    for activation, f in ((nn.ReLU, lambda z: max(z, 0)), (nn.Sigmoid, lambda z: 1 / (1 + np.exp(-z)))):
        module = seeded(lambda activation=activation: nn.Sequential(nn.Linear(5, 7), activation(), nn.Linear(7, 1)))
        x, x0 = points(4, 5), points(4, 5, seed=2)
        w, b, v = (p.detach().numpy() for p in (module[0].weight, module[0].bias, module[2].weight))
        expected = [by_hand(f, w, b, v[0], x[k].numpy(), x0[k].numpy()) for k in range(4)]
        np.testing.assert_allclose(contributions(RULES, module, x, x0), expected, rtol=1e-11)


def test_the_papers_minimum_gives_each_half():
    # figure 4: min(i1, i2) = i1 − relu(i1 − i2), of which Rescale gives all to one
    def smaller(h):
        return h[:, :1] - torch.relu(h[:, 1:])

    module = Fn(smaller, 2).double()
    module.layer.weight.data = torch.tensor([[1.0, 0.0], [1.0, -1.0]]).double()
    module.layer.bias.data = torch.zeros(2).double()
    x, x0 = torch.tensor([[3.0, 2.0]]).double(), torch.zeros(1, 2).double()
    # the columns of the layer's answer are taken apart before relu, which ends the sums: the network by layers
    layers = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False)).double()
    layers[0].weight.data, layers[2].weight.data = module.layer.weight.data, torch.tensor([[1.0, -1.0]]).double()
    np.testing.assert_allclose(contributions(RULES, layers, x, x0), [[3 - 2.0, 1.0]])
    np.testing.assert_allclose(contributions(Multipliers(), layers, x, x0), [[0.0, 2.0]], atol=1e-15)
    np.testing.assert_allclose(contributions(RULES, module, x, x0), [[3 - 2.0, 1.0]])


def test_sums_are_carried_through_moves():
    def flat():
        return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 2))

    def moved():
        return nn.Sequential(
            nn.Linear(6, 8), nn.Unflatten(1, (2, 4)), nn.Dropout(), nn.Tanh(), nn.Flatten(), nn.Linear(8, 2)
        )

    x, x0 = points(4, 6), points(4, 6, seed=2)
    found = [contributions(RULES, seeded(make), x, x0) for make in (flat, moved)]
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_an_input_that_did_not_change_counts_in_both_sums():
    module = seeded(lambda: nn.Sequential(nn.Linear(3, 4), nn.Sigmoid(), nn.Linear(4, 1)))
    x, x0 = points(2, 3), points(2, 3, seed=2)
    x0[:, 1] = x[:, 1]
    values = contributions(RULES, module, x, x0)
    assert not values[:, 1].any()
    assert gap(RULES, module, x, x0) < 1e-12


def test_convolutions_have_sums_too():
    module = seeded(lambda: nn.Sequential(nn.Conv2d(1, 3, 3), nn.Sigmoid(), nn.Flatten(), nn.Linear(27, 2)))
    x, x0 = points(2, 1, 5, 5), points(2, 1, 5, 5, seed=2)
    assert gap(RULES, module, x, x0) < 1e-12
    assert (contributions(RULES, module, x, x0) - contributions(Multipliers(), module, x, x0)).abs().max() > 1e-4
