"""LRP as a method: rules by name, rows, taps, tokens and receipts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from pellucid.attribution import LRP, InputXGradient
from pellucid.attribution.propagation.rules import NAMES
from pellucid.core.errors import ParameterError, UnsupportedModelError
from pellucid.models.torch.rules import Epsilon, Relevance, epsilon_gamma_box

IMAGES = np.random.default_rng(0).uniform(size=(4, 1, 8, 8))


def cnn():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 2), nn.ReLU(), nn.Flatten(), nn.Linear(24, 3)
    ).double()


class Reader(nn.Module):
    """Tokens, one block of attention, a mean."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.words = nn.Embedding(20, 8)
        self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, tokens):
        return self.head(self.block(self.words(tokens)).mean(1))


def test_without_epsilon_it_is_input_times_gradient_on_relu_networks():
    found = LRP(cnn(), rules=Relevance(Epsilon(0))).explain(IMAGES, [0, 2])
    np.testing.assert_allclose(
        found.values, InputXGradient(cnn()).explain(IMAGES, [0, 2]).values, rtol=1e-10, atol=1e-15
    )


@pytest.mark.parametrize("rules", [*NAMES, epsilon_gamma_box(0, 1)], ids=str)
def test_what_does_not_reach_the_inputs_is_in_the_receipt(rules):
    found = LRP(cnn(), rules=rules).explain(IMAGES, 1)
    said = cnn()(torch.from_numpy(IMAGES))[:, 1].detach().numpy()
    gap = np.abs(found.values[..., 0].sum(axis=(1, 2, 3)) - said).max()
    np.testing.assert_allclose(found.receipt.completeness.gap, gap, rtol=1e-9)
    assert "biases" in found.receipt.completeness.reason


def test_without_biases_all_relevance_reaches_the_inputs():
    net = cnn()
    for layer in (net[0], net[3], net[6]):
        layer.bias = None
    for rules in ("epsilon", "epsilon-plus", "epsilon-plus-flat"):
        assert LRP(net, rules=rules).explain(IMAGES).receipt.completeness.gap < 1e-4


def test_first_layer_rules_reach_several_targets_and_batches():
    found = LRP(cnn(), rules="epsilon-plus-flat", batch_size=3).explain(IMAGES, [0, 1, 2])
    for k in range(3):
        alone = LRP(cnn(), rules="epsilon-plus-flat").explain(IMAGES[[3]], k)
        np.testing.assert_allclose(found.values[3:, ..., k], alone.values[..., 0], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("rules", ["epsilon", "attn", "cp"])
def test_tokens_have_the_relevance_of_their_embedding(rules):
    tokens = np.random.default_rng(0).integers(0, 20, size=(3, 5))
    found = LRP(Reader(), rules=rules).explain(tokens, 1)
    assert found.values.shape == (3, 5, 1)
    assert np.isfinite(found.values).all()


def test_a_layer_can_be_explained():
    found = LRP(cnn(), rules="epsilon").explain(IMAGES, 1, tap="3")
    assert found.values.shape == (4, 6, 2, 2, 1)
    head = LRP(cnn()[4:], rules="epsilon").explain(cnn()[:4](torch.from_numpy(IMAGES)).detach().numpy(), 1)
    np.testing.assert_allclose(found.values, head.values, rtol=1e-10, atol=1e-15)


def test_unknown_rules_and_operations_are_refused():
    with pytest.raises(ParameterError, match="LRP: rules must be one of 'epsilon'"):
        LRP(cnn(), rules="gamma-box")
    with pytest.raises(UnsupportedModelError, match="LRP has no rule for recurrent layers"):
        LRP(nn.RNNCell(3, 2)).explain(np.ones((2, 3)), 0)


def test_where_no_layer_reads_the_input_rules_for_first_layers_are_refused():
    with pytest.raises(UnsupportedModelError, match="reads the input itself"):
        LRP(nn.Sequential(nn.Sigmoid(), nn.Linear(3, 2)), rules="epsilon-plus-flat").explain(
            np.ones((2, 3), np.float32)
        )
