"""DeepLIFT as a method: the sum, baselines, tokens, layers, and what Ancona and others found (2018)."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from pellucid.attribution import DeepLIFT, InputXGradient, IntegratedGradients
from pellucid.core.errors import ParameterError, UnsupportedModelError

ROWS = np.random.default_rng(0).normal(size=(6, 8))


def mlp(activation=nn.ReLU, bias=True):
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Linear(8, 16, bias=bias),
        activation(),
        nn.Linear(16, 16, bias=bias),
        activation(),
        nn.Linear(16, 3, bias=bias),
    ).double()


@pytest.mark.parametrize("rule", ["rescale", "reveal-cancel"])
@pytest.mark.parametrize("activation", [nn.ReLU, nn.Sigmoid, nn.GELU, nn.SiLU])
def test_base_and_values_are_the_output(rule, activation):
    net, baseline = mlp(activation), np.full(8, 0.3)
    found = DeepLIFT(net, baseline, rule=rule).explain(ROWS, [0, 2])
    said = net(torch.from_numpy(ROWS)).detach().numpy()[:, [0, 2]]
    np.testing.assert_allclose(
        found.base, net(torch.full((6, 8), 0.3, dtype=torch.float64)).detach().numpy()[:, [0, 2]], rtol=1e-12
    )
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), said, rtol=1e-12)
    assert found.receipt.completeness.kind == "checked"


def test_captum_is_met():
    from captum.attr import DeepLift

    net, baseline = mlp(nn.Tanh), np.full((1, 8), -0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = DeepLift(net).attribute(torch.from_numpy(ROWS), torch.from_numpy(baseline), target=1)
    found = DeepLIFT(net, baseline[0]).explain(ROWS, 1)
    np.testing.assert_allclose(found.values[..., 0], theirs.detach(), rtol=1e-9, atol=1e-14)


def test_without_biases_relu_networks_have_integrated_gradients_and_input_times_gradient():
    net = mlp(bias=False)
    found = DeepLIFT(net).explain(ROWS).values
    np.testing.assert_allclose(found, InputXGradient(net).explain(ROWS).values, rtol=1e-9)
    np.testing.assert_allclose(found, IntegratedGradients(net, steps=64).explain(ROWS).values, rtol=1e-9)


@pytest.mark.parametrize(("activation", "apart"), [(nn.ReLU, 0.15), (nn.Tanh, 0.15)])
def test_it_is_close_to_integrated_gradients(activation, apart):
    net = mlp(activation)
    found, path = (
        DeepLIFT(net).explain(ROWS, 0).values,
        IntegratedGradients(net, tolerance=1e-4).explain(ROWS, 0).values,
    )
    assert np.abs(found - path).mean() < apart * np.abs(path).mean()


def test_a_layer_can_be_explained():
    found = DeepLIFT(mlp()).explain(ROWS, 0, tap="1")
    assert found.values.shape == (6, 16, 1)
    said = mlp()(torch.from_numpy(ROWS)).detach().numpy()[:, 0]
    np.testing.assert_allclose(found.base[:, 0] + found.values[..., 0].sum(axis=1), said, rtol=1e-12)


def test_tokens_are_compared_with_a_token():
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.words, self.head = nn.Embedding(20, 8), nn.Linear(8, 2)
            self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

        def forward(self, tokens):
            return self.head(self.block(self.words(tokens)).mean(1))

    net = Reader().double().eval()
    tokens = np.random.default_rng(0).integers(1, 20, size=(3, 5))
    found = DeepLIFT(net, 0).explain(tokens, 1)
    said = net(torch.from_numpy(tokens)).detach().numpy()[:, 1]
    np.testing.assert_allclose(found.base[:, 0] + found.values[..., 0].sum(axis=1), said, rtol=1e-10)


def test_bad_settings_are_refused():
    with pytest.raises(ParameterError, match="DeepLIFT: rule must be one of 'rescale', 'reveal-cancel'"):
        DeepLIFT(mlp(), rule="linear")
    with pytest.raises(ParameterError, match="baseline must be"):
        DeepLIFT(mlp(), "zero")
    with pytest.raises(UnsupportedModelError, match="DeepLIFT has no rule for the operation 'prod'"):
        DeepLIFT(nn.Sequential(nn.Linear(8, 4), Prod()).double()).explain(ROWS, 0)


class Prod(nn.Module):
    def forward(self, x):
        return x.prod(1, keepdim=True)


def test_a_sum_that_single_precision_loses_is_told_and_comes_back_in_double():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 6), nn.LayerNorm(6, eps=1e-16), nn.Linear(6, 2))
    with torch.no_grad():
        net[0].bias.fill_(1000.0)
        net[0].weight *= 1e-4
    rows = np.random.default_rng(0).normal(size=(3, 5))
    single = DeepLIFT(net, np.full(5, 1e-3)).explain(rows, 0).receipt.completeness
    assert single.kind == "not promised"
    assert (
        "rounded in single precision; pass module.double() for exact sums; base + Σ values is off by" in single.reason
    )
    assert DeepLIFT(net.double(), np.full(5, 1e-3)).explain(rows, 0).receipt.completeness.kind == "checked"
