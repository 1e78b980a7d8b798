"""Rules for the layer that reads the input, against loops over its weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.models.torch.rules.nets import points, relevance, seeded
from tests.models.torch.rules.test_layer_rules import epsilon_rule, sign
from torch import nn

from pellucid.core.errors import ParameterError, UnsupportedModelError
from pellucid.models.torch.rules.first_rules import Flat, WSquare, ZBox
from pellucid.models.torch.rules.layer_rules import Epsilon
from pellucid.models.torch.rules.relevance import Relevance


def shares(terms, r, epsilon=1e-6):
    found = np.zeros(terms.shape[1])
    for k in range(len(terms)):
        z = terms[k].sum()
        found += terms[k] / (z + epsilon * sign(z)) * r[k]
    return found


def flat_rule(a, w, b, r):
    return shares(np.ones_like(w), r)


def w_square_rule(a, w, b, r):
    return shares(w**2, r)


def z_box_rule(a, w, b, r, low=-2.0, high=3.0):
    found = np.zeros(len(a))
    for k in range(len(b)):
        terms = [a[j] * w[k, j] - low * max(w[k, j], 0) - high * min(w[k, j], 0) for j in range(len(a))]
        # of a bias and its positive and negative parts nothing is left
        z = sum(terms)
        found += np.array(terms) / (z + 1e-6 * sign(z)) * r[k]
    return found


RULES = {"flat": (Flat(), flat_rule), "w square": (WSquare(), w_square_rule), "z box": (ZBox(-2, 3), z_box_rule)}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("moved", [False, True])
def test_relevance_of_the_first_layer_is_the_papers(name, moved):
    rule, slowly = RULES[name]
    front = [nn.Flatten()] if moved else []
    module = seeded(lambda: nn.Sequential(*front, nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)))
    (w, b), (v, c) = (
        (layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in (module[-3], module[-1])
    )
    x = points(5, 4).clamp(-2, 3)
    x[0, 0] = 0
    expected = []
    for row in x.numpy():
        h = np.maximum(w @ row + b, 0)
        r = epsilon_rule(h, v, c, np.eye(3)[1] * (v @ h + c))
        expected.append(slowly(row, w, b, r))
    shaped = x.reshape(5, 2, 2) if moved else x
    found = relevance(Relevance(Epsilon(), first=rule), module, shaped, 1).reshape(5, 4)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-14)


def test_an_input_of_zero_can_have_relevance():
    module = seeded(lambda: nn.Linear(3, 1))
    found = relevance(Relevance(first=Flat()), module, torch.zeros(1, 3).double())
    np.testing.assert_allclose(found, np.full((1, 3), module.bias.item() / 3), rtol=1e-5)


def test_bounds_are_scaled_with_the_input():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 3)

        def forward(self, x):
            return self.layer((x - 5) / 2)

    x = points(3, 4).clamp(-2, 2)
    scaled = relevance(Relevance(first=ZBox(1, 9)), seeded(Scaled), 2 * x + 5)
    np.testing.assert_allclose(scaled, relevance(Relevance(first=ZBox(-2, 2)), seeded(Scaled).layer, x), rtol=1e-9)


def test_bounds_may_differ_between_channels():
    module, x = seeded(lambda: nn.Conv2d(2, 3, 3, padding=1)), points(2, 2, 5, 5).clamp(-1, 1)
    low, high = -np.ones((1, 2, 1, 1)), np.ones((2, 1, 1))
    one = relevance(Relevance(first=ZBox(low, high)), module, x)
    np.testing.assert_array_equal(one, relevance(Relevance(first=ZBox(-1.0, 1.0)), module, x))


def test_each_of_several_inputs_has_a_first_layer():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(3, 2), nn.Linear(2, 2)

        def forward(self, x, z):
            return self.a(x) + self.b(z)

    module, rules = seeded(Two), Relevance(first=Flat())
    x, z = points(2, 3).requires_grad_(), points(2, 2).requires_grad_()
    with rules.applied(module) as run:
        y = module(x, z)
    one, other = run.relevance(y[:, 0].sum(), [x, z])
    np.testing.assert_allclose(one.sum(1) + other.sum(1), y[:, 0].detach(), rtol=1e-5)
    np.testing.assert_allclose(one, one[:, :1].expand(2, 3))


def test_where_there_is_no_first_layer_it_says_so():
    module = seeded(lambda: nn.Sequential(nn.Tanh(), nn.Linear(3, 2)))
    with pytest.raises(UnsupportedModelError, match="reads the input itself"):
        relevance(Relevance(first=Flat()), module, points(2, 3))


def test_later_layers_cannot_have_a_rule_for_first_ones():
    module = seeded(lambda: nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 2)))
    with pytest.raises(ParameterError, match="layer '2' reads what other layers give"):
        relevance(Relevance(layers=(("2", Flat()),)), module, points(2, 3))
    with pytest.raises(ParameterError, match="pass it as first"):
        Relevance(Flat())


def test_bad_bounds_are_refused():
    with pytest.raises(ParameterError, match="low must not be above high"):
        ZBox(1, 0)
    with pytest.raises(ParameterError, match="bounds must fit"):
        relevance(Relevance(first=ZBox(np.zeros(5), 1)), seeded(lambda: nn.Linear(3, 2)), points(2, 3))
