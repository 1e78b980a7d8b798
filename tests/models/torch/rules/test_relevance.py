"""LRP through whole networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.models.torch.rules.nets import ROWWISE, Fn, points, relevance, seeded
from torch import nn

from pellucid.core.errors import ParameterError
from pellucid.models.torch.rules.composites import attn_lrp, cp_lrp, epsilon_gamma_box, epsilon_plus_flat
from pellucid.models.torch.rules.layer_rules import Epsilon, Gamma, ZPlus
from pellucid.models.torch.rules.relevance import Relevance

ZERO = Relevance(Epsilon(0))


def input_x_gradient(module, x, k=0):
    leaf = x.clone().requires_grad_()
    return x * torch.autograd.grad(module(leaf).flatten(1)[:, k].sum(), leaf)[0]


def test_epsilon_of_zero_is_input_times_gradient_on_relu_networks():
    def make():
        return nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(3, 2),
                             nn.Conv2d(4, 4, 2), nn.ReLU(inplace=True), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4, 5),
                             nn.LeakyReLU(), nn.Linear(5, 3))  # fmt: skip

    module, x = seeded(make), points(4, 1, 8, 8)
    expected = input_x_gradient(module, x, 2)
    np.testing.assert_allclose(relevance(ZERO, module, x, 2), expected, rtol=1e-10, atol=1e-14)
    nearly = relevance(Relevance(Epsilon(1e-14), fold=False), module, x, 2)
    np.testing.assert_allclose(nearly, expected, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", ROWWISE)
def test_values_are_the_modules_own_and_rows_apart(name):
    module, x = seeded(lambda: nn.Sequential(Fn(ROWWISE[name]), nn.Linear(6, 3))), points(4, 6)
    with Relevance().applied(module):
        np.testing.assert_array_equal(module(x.clone().requires_grad_()).detach(), module(x).detach())
    together = relevance(Relevance(), module, x)
    for k in range(4):
        np.testing.assert_allclose(relevance(Relevance(), module, x[k : k + 1])[0], together[k], rtol=1e-9, atol=1e-12)


UNARY = [
    "relu",
    "gelu",
    "gelu by hand",
    "erf gelu by hand",
    "silu by hand",
    "leaky by hand",
    "softsign by hand",
    "power",
]


@pytest.mark.parametrize("name", [*UNARY, "square", "relu by mask"])
def test_a_function_hands_on_all_relevance(name):
    # a layer without bias, so that nothing stays there
    module = seeded(lambda: nn.Sequential(nn.Linear(6, 6, bias=False), Fn(ROWWISE[name])))
    module[1].layer = nn.Identity()
    x = points(4, 6)
    found = relevance(ZERO, module, x).sum(1)
    np.testing.assert_allclose(found, module(x)[:, 0].detach(), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(
    ("one", "other"), [("tanh gelu", "gelu by hand"), ("gelu", "erf gelu by hand"), ("silu", "silu by hand")]
)
def test_an_activation_written_by_hand_is_the_same(one, other):
    found = [relevance(Relevance(), seeded(lambda name=name: Fn(ROWWISE[name])), points(5, 6)) for name in (one, other)]
    np.testing.assert_allclose(*found, rtol=1e-8)


def test_a_residual_shares_by_size_and_nothing_is_counted_twice():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(5, 5, bias=False), nn.Linear(5, 5, bias=False)

        def forward(self, x):
            h = torch.relu(self.a(x))
            h = h + x
            return h + nn.functional.gelu(self.b(h))

    module, x = seeded(Block), points(4, 5)
    np.testing.assert_allclose(relevance(ZERO, module, x).sum(1), module(x)[:, 0].detach(), rtol=1e-7)


def test_a_product_gives_half_to_each_factor():
    class Gated(nn.Module):
        def forward(self, x):
            return (x[:, :1] * x[:, 1:2]) @ x[:, 2:].unsqueeze(-1)

    x = torch.tensor([[2.0, 3.0, 5.0]]).double()
    np.testing.assert_allclose(relevance(ZERO, Gated(), x), [[7.5, 7.5, 15.0]])


def test_a_denominator_gets_nothing():
    class Ratio(nn.Module):
        def forward(self, x):
            return x[:, :1] / x[:, 1:2]

    np.testing.assert_allclose(relevance(ZERO, Ratio(), torch.tensor([[6.0, 3.0]]).double()), [[2.0, 0.0]])


@pytest.mark.parametrize("name", ["layer_norm", "rms_norm", "group_norm", "normalize", "rms by hand", "std"])
def test_the_scale_of_a_normalisation_is_a_constant(name):
    module, x = seeded(lambda: Fn(ROWWISE[name])), points(3, 6)
    found = relevance(ZERO, module, x)
    expected = []
    for row in x:
        leaf = row[None].clone().requires_grad_()
        h = module.layer(leaf)
        with torch.no_grad():
            middle = h - (0 if name in ("rms_norm", "rms by hand", "normalize", "std") else mean(h, name))
            factor = module(leaf) / middle
        graph = h - (0 if name in ("rms_norm", "rms by hand", "normalize", "std") else mean(h, name))
        expected.append((row * torch.autograd.grad((graph * factor)[0, 0], leaf)[0][0]).numpy())
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def mean(h, name):
    if name == "layer_norm":
        return h.mean(1, keepdim=True)
    return h.reshape(1, 2, 3).mean(2).repeat_interleave(3, 1)


def test_layers_are_chosen_by_name_kind_and_place():
    def make():
        return nn.Sequential(
            nn.Conv1d(1, 3, 2), nn.ReLU(), nn.Conv1d(3, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(9, 2)
        )

    module, x = seeded(make), points(2, 1, 5)

    def by(**layers):
        rules = tuple((name.removeprefix("_"), rule) for name, rule in layers.items())
        return relevance(Relevance(Epsilon(), layers=rules), module, x)

    gammas = by(_0=Gamma(), _2=Gamma())
    np.testing.assert_array_equal(relevance(Relevance(convolution=Gamma()), module, x), gammas)
    np.testing.assert_array_equal(relevance(Relevance(first=ZPlus()), module, x), by(_0=ZPlus()))
    one = relevance(Relevance(Epsilon(), first=ZPlus(), layers=(("[02]", Gamma()),)), module, x)
    np.testing.assert_array_equal(one, gammas)


def test_a_pattern_that_fits_no_layer_is_refused():
    with pytest.raises(ParameterError, match=r"no layer with weights is called 'head\*'; there are 0, 2"):
        relevance(
            Relevance(layers=(("head*", Gamma()),)),
            nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)),
            torch.ones(1, 2),
        )


def test_attention_may_be_a_constant():
    module = seeded(lambda: nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)))
    x = points(2, 4, 8)
    assert (relevance(attn_lrp(), module, x) - relevance(cp_lrp(), module, x)).abs().max() > 1e-4
    with pytest.raises(ParameterError, match="'taylor' or 'constant'"):
        Relevance(attention="none")


def test_composites_with_names_conserve_relevance_of_images():
    def make():
        return nn.Sequential(nn.Conv2d(1, 4, 3, bias=False), nn.ReLU(), nn.Conv2d(4, 4, 3, bias=False), nn.ReLU(),
                             nn.Flatten(), nn.Linear(64, 2, bias=False))  # fmt: skip

    module, x = seeded(make), torch.rand(2, 1, 8, 8, generator=torch.Generator().manual_seed(0)).double()
    for rules in (epsilon_plus_flat(), epsilon_gamma_box(0, 1)):
        found = relevance(rules, module, x).flatten(1).sum(1)
        np.testing.assert_allclose(found, module(x)[:, 0].detach(), rtol=1e-3)
