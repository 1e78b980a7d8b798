"""Conductance and InternalInfluence: what flows through units, with known answers where the rest is linear."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.attribution.gradient.nets import ROWS, TANH, Function
from torch import nn

from pellucid.attribution import Conductance, InternalInfluence
from pellucid.core.errors import ParameterError


def test_conductance_through_the_last_hidden_layer_is_its_weight_times_its_move():
    found = Conductance(TANH.module, "1").explain(ROWS, 2)
    moved = TANH.hidden(ROWS) - TANH.hidden(np.zeros(5))
    np.testing.assert_allclose(found.values[..., 0], TANH.V[2] * moved, rtol=1e-10)
    np.testing.assert_allclose(found.predictions[:, 0], TANH(ROWS)[:, 2], rtol=1e-10)


def test_conductance_is_the_integral_along_the_way_of_the_inputs():
    found = Conductance(TANH.module, "0", steps=400).explain(ROWS, 0)
    expected = np.zeros((6, 7))
    for k in range(2_000):
        before, after, middle = (ROWS * place / 2_000 @ TANH.W.T + TANH.b for place in (k, k + 1, k + 0.5))
        expected += TANH.V[0] * (1 - np.tanh(middle) ** 2) * (after - before)
    np.testing.assert_allclose(found.values[..., 0], expected, rtol=2e-3, atol=1e-5)
    assert found.receipt.completeness.gap < 1e-3


def test_what_leads_around_a_layer_is_not_in_it():
    torch.manual_seed(0)
    layer = nn.Linear(5, 1, bias=False).double()
    net = Function(lambda x: layer(x) + x[:, :1] * 3)
    net.layer = layer
    found = Conductance(net, "layer").explain(ROWS)
    np.testing.assert_allclose(found.values[:, 0, 0], ROWS @ layer.weight.detach().numpy()[0], rtol=1e-10)
    np.testing.assert_allclose(found.receipt.completeness.gap, np.abs(3 * ROWS[:, 0]).max(), rtol=1e-9)


def test_internal_influence_on_a_linear_rest_is_its_weight():
    found = InternalInfluence(TANH.module, "1").explain(ROWS, 1)
    np.testing.assert_allclose(found.values[..., 0], np.tile(TANH.V[1], (6, 1)), rtol=1e-10)
    np.testing.assert_allclose(found.parted.arrays["1"], TANH.hidden(ROWS))


def test_internal_influence_is_the_mean_slope_along_the_way():
    found = InternalInfluence(TANH.module, "0").explain(ROWS, 1)
    places = (np.arange(2_000) + 0.5) / 2_000
    inner = places[:, np.newaxis, np.newaxis] * ROWS @ TANH.W.T + TANH.b
    np.testing.assert_allclose(found.values[..., 0], (TANH.V[1] * (1 - np.tanh(inner) ** 2)).mean(axis=0), rtol=1e-5)


@pytest.mark.parametrize("method", [Conductance, InternalInfluence])
def test_a_layer_that_is_not_there_is_told(method):
    with pytest.raises(ParameterError, match="there is no module 'middle' in this network"):
        method(TANH.module, "middle").explain(ROWS)
