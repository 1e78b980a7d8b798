"""LRP's rules, against the papers' sums over neurons."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.models.torch.rules.nets import Fn, points, relevance, seeded
from torch import nn

from pellucid.core.errors import ParameterError
from pellucid.models.torch.rules.layer_rules import AlphaBeta, Epsilon, Gamma, ZPlus
from pellucid.models.torch.rules.relevance import Relevance


def sign(z):
    return -1.0 if z < 0 else 1.0


def epsilon_rule(a, w, b, r, epsilon=1e-6):
    found = np.zeros(len(a))
    for k in range(len(b)):
        z = sum(a[j] * w[k, j] for j in range(len(a))) + b[k]
        for j in range(len(a)):
            found[j] += a[j] * w[k, j] / (z + epsilon * sign(z)) * r[k]
    return found


def gamma_rule(a, w, b, r, gamma=0.25, epsilon=1e-6):
    found = np.zeros(len(a))
    for k in range(len(b)):
        y = w[k] @ a + b[k]
        terms = [t + gamma * t * (t * y > 0) for t in a * w[k]]
        z = sum(terms) + b[k] + gamma * b[k] * (b[k] * y > 0)
        for j in range(len(a)):
            found[j] += terms[j] / (z + epsilon * sign(z)) * r[k]
    return found


def alpha_beta_rule(a, w, b, r, alpha=2.0, beta=1.0, epsilon=1e-6):
    found = np.zeros(len(a))
    for k in range(len(b)):
        terms = a * w[k]
        up, down = terms[terms > 0].sum() + max(b[k], 0), terms[terms < 0].sum() + min(b[k], 0)
        for j in range(len(a)):
            found[j] += alpha * max(terms[j], 0) / (up + epsilon * sign(up)) * r[k]
            found[j] -= beta * min(terms[j], 0) / (down + epsilon * sign(down)) * r[k]
    return found


RULES = {
    "epsilon": (Epsilon(0.1), lambda *layer: epsilon_rule(*layer, 0.1)),
    "zero": (Epsilon(0), lambda *layer: epsilon_rule(*layer, 0)),
    "gamma": (Gamma(0.3), lambda *layer: gamma_rule(*layer, 0.3)),
    "alpha beta": (AlphaBeta(), alpha_beta_rule),
    "alpha 1": (AlphaBeta(1, 0), lambda *layer: alpha_beta_rule(*layer, 1, 0)),
    "z plus": (ZPlus(), lambda *layer: alpha_beta_rule(*layer, 1, 0)),
}


def propagated(rule, layers, x, k):
    """From the k-th output down, relevance by relevance; a ReLU hands on what it gets."""
    inputs, h = [], x
    for number, (w, b) in enumerate(layers):
        inputs.append(h)
        z = w @ h + b
        h = z if number == len(layers) - 1 else np.maximum(z, 0)
    r = np.where(np.arange(len(h)) == k, h, 0.0)
    for (w, b), a in zip(layers[::-1], inputs[::-1], strict=True):
        r = rule(a, w, b, r)
    return r


@pytest.mark.parametrize("name", RULES)
def test_relevance_is_the_papers_layer_by_layer(name):
    rule, slowly = RULES[name]
    module = seeded(lambda: nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3)))
    layers = [(module[k].weight.detach().numpy(), module[k].bias.detach().numpy()) for k in (0, 2, 4)]
    x = points(5, 4)
    expected = [propagated(slowly, layers, row, 2) for row in x.numpy()]
    np.testing.assert_allclose(relevance(Relevance(rule), module, x, 2), expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("name", RULES)
def test_a_convolution_is_the_matrix_it_stands_for(name):
    rule, slowly = RULES[name]
    module = seeded(lambda: nn.Sequential(nn.Conv1d(2, 3, 3, padding=1, stride=2), nn.Flatten()))
    x = points(3, 2, 5)
    bias = module(torch.zeros(1, 2, 5).double())[0].detach()
    columns = [module(row.reshape(1, 2, 5))[0].detach() - bias for row in torch.eye(10).double()]
    w, b = torch.stack(columns, 1).numpy(), bias.numpy()
    expected = []
    for row in x.flatten(1).numpy():
        y = w @ row + b
        expected.append(slowly(row, w, b, np.where(np.arange(len(y)) == 4, y, 0)))
    found = relevance(Relevance(rule), module, x, 4).flatten(1)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)


SPELLINGS = {
    "linear": lambda m, h: nn.functional.linear(h, m.w, m.b),
    "matmul": lambda m, h: h @ m.w.T + 0,
    "addmm": lambda m, h: torch.addmm(m.b, h, m.w.T),
    "einsum": lambda m, h: torch.einsum("oi,ni->no", m.w, h),
    "left": lambda m, h: (m.w @ h.T).T,
    "baddbmm": lambda m, h: torch.baddbmm(m.b, h.unsqueeze(0), m.w.T.unsqueeze(0)).squeeze(0),
    "conv1d": lambda m, h: nn.functional.conv1d(h.unsqueeze(-1), m.w.unsqueeze(-1), m.b).squeeze(-1),
    "conv_transpose1d": lambda m, h: nn.functional.conv_transpose1d(h.unsqueeze(-1), m.w.T.unsqueeze(-1), m.b)[..., 0],
}


class Spelled(nn.Module):
    def __init__(self, spelling):
        super().__init__()
        self.w, self.b = nn.Parameter(torch.randn(4, 3)), nn.Parameter(torch.randn(4))
        self.spelling = spelling

    def forward(self, x):
        return self.spelling(self, x)


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_layer_is_known_however_it_is_written(name):
    module, x = seeded(lambda: Spelled(SPELLINGS[name])), points(5, 3)
    w, b = module.w.detach().numpy(), module.b.detach().numpy()
    b = b * (name not in ("matmul", "einsum", "left"))
    expected = [gamma_rule(row, w, b, np.eye(4)[1] * (w @ row + b)) for row in x.numpy()]
    np.testing.assert_allclose(relevance(Relevance(Gamma()), module, x, 1), expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("rule", [Epsilon(0), Gamma(), ZPlus()], ids=["zero", "gamma", "z plus"])
def test_relevance_is_conserved_without_biases(rule):
    def make():
        return nn.Sequential(nn.Conv2d(1, 4, 3, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 2, bias=False),
                             nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(8, 3, bias=False))  # fmt: skip

    module, x = seeded(make), points(4, 1, 8, 8).abs()
    found = relevance(Relevance(rule), module, x).flatten(1).sum(1)
    np.testing.assert_allclose(found, module(x)[:, 0].detach(), rtol=1e-4)


def test_weights_made_by_a_parametrisation_belong_to_their_layer():
    def normed():
        return nn.utils.parametrizations.weight_norm(nn.Linear(6, 6))

    def plain():
        return nn.Linear(6, 6)

    x = points(3, 6)
    found = [relevance(Relevance(Gamma()), seeded(make), x) for make in (normed, plain)]
    np.testing.assert_allclose(*found, rtol=1e-6)


def test_a_product_with_numbers_that_are_no_weights_is_no_layer():
    mix = torch.randn(6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    module, x = seeded(lambda: Fn(lambda h: h @ mix)), points(3, 6)
    zero = relevance(Relevance(Epsilon(0), layers=(("layer", Gamma()),)), module, x)
    np.testing.assert_allclose(relevance(Relevance(Gamma()), module, x), zero, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Epsilon(-1), "epsilon must be 0 or more, got -1"),
        (lambda: Gamma(float("nan")), "gamma must be 0 or more"),
        (lambda: AlphaBeta(2, 2), "alpha − beta must be 1"),
    ],
)
def test_bad_settings_are_refused(make, match):
    with pytest.raises(ParameterError, match=match):
        make()
