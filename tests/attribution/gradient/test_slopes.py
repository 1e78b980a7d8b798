"""Saliency and InputXGradient: the network's own derivative, at the inputs, at a layer, of a unit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.attribution.gradient.nets import PREDICTED, ROWS, TANH, Function
from torch import nn

from pellucid.attribution import InputXGradient, Saliency
from pellucid.core.errors import ParameterError
from pellucid.models import as_model
from pellucid.models.torch.trace import Site


def by_hand(output):
    return np.stack([TANH.gradient(ROWS[[i]], k)[0] for i, k in enumerate(np.broadcast_to(output, len(ROWS)))])


@pytest.mark.parametrize(("target", "output"), [(None, PREDICTED), (1, 1), (PREDICTED[::-1].copy(), PREDICTED[::-1])])
def test_the_gradient_is_the_derivative_written_out_by_hand(target, output):
    slopes = Saliency(TANH.module, absolute=False).explain(ROWS, target).values[..., 0]
    np.testing.assert_allclose(slopes, by_hand(output), rtol=1e-12)
    np.testing.assert_allclose(Saliency(TANH.module).explain(ROWS, target).values[..., 0], np.abs(by_hand(output)))
    products = InputXGradient(TANH.module).explain(ROWS, target).values[..., 0]
    np.testing.assert_allclose(products, ROWS * by_hand(output), rtol=1e-12)


def test_contrasts_and_functions_of_outputs_have_gradients():
    contrast = Saliency(TANH.module, absolute=False).explain(ROWS, (2, 0)).values[..., 0]
    np.testing.assert_allclose(contrast, by_hand(2) - by_hand(0), rtol=1e-11)

    def loss(outputs):
        return nn.functional.cross_entropy(outputs, torch.ones(len(outputs), dtype=torch.long), reduction="none")

    found = Saliency(TANH.module, absolute=False).explain(ROWS, loss).values[..., 0]
    said = np.exp(TANH(ROWS))
    shares = said / said.sum(axis=1, keepdims=True) - np.eye(3)[1]
    np.testing.assert_allclose(found, sum(shares[:, [k]] * by_hand(k) for k in range(3)), rtol=1e-9)


def test_a_layer_is_tapped():
    at_hidden = InputXGradient(TANH.module).explain(ROWS, 1, tap="1")
    np.testing.assert_allclose(at_hidden.values[..., 0], TANH.hidden(ROWS) * TANH.V[1], rtol=1e-12)
    one_unit = InputXGradient(TANH.module).explain(ROWS, 1, tap=Site("1", unit=3))
    np.testing.assert_allclose(one_unit.values[:, 0, 0], at_hidden.values[:, 3, 0])


def test_a_unit_inside_is_explained_as_an_output():
    unit = as_model(TANH.module, rows=ROWS, output=Site("1", unit=3))
    found = Saliency(unit, absolute=False).explain(ROWS).values[..., 0]
    np.testing.assert_allclose(found, (1 - TANH.hidden(ROWS)[:, [3]] ** 2) * TANH.W[3], rtol=1e-12)


def test_input_times_gradient_of_a_network_without_bias_is_its_output():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 8, bias=False), nn.ReLU(), nn.Linear(8, 2, bias=False)).double()
    found = InputXGradient(net).explain(ROWS, [0, 1])
    np.testing.assert_allclose(found.values.sum(axis=1), net(torch.from_numpy(ROWS)).detach(), rtol=1e-12)


def test_an_input_that_is_not_used_gets_nothing():
    found = Saliency(Function(lambda x: x[:, 0] * x[:, 2])).explain(ROWS)
    assert (found.values[:, [1, 3, 4]] == 0).all()


def test_a_constant_network_has_slopes_of_zero():
    found = Saliency(Function(lambda x: torch.ones(len(x), 2))).explain(ROWS, 0)
    assert not found.values.any()


def test_an_embedding_is_one_value_a_token():
    torch.manual_seed(0)
    words, head = nn.Embedding(9, 4).double(), nn.Linear(4, 2).double()
    net = nn.Sequential(words, Function(lambda e: (e**2).sum(1)), head)
    ids = np.array([[1, 5, 5], [8, 0, 2]])
    found = InputXGradient(net).explain(ids, 0).values[..., 0]
    embedded, weight = words.weight.detach().numpy()[ids], head.weight.detach().numpy()[0]
    np.testing.assert_allclose(found, (2 * embedded**2 * weight).sum(axis=-1), rtol=1e-12)
    np.testing.assert_allclose(
        Saliency(net).explain(ids, 0).values[..., 0], np.abs(2 * embedded * weight).sum(axis=-1), rtol=1e-12
    )


def test_a_layer_that_is_not_there_is_told():
    with pytest.raises(ParameterError, match="there is no module 'conv' in this network; there are 0, 1, 2"):
        Saliency(TANH.module).explain(ROWS, tap="conv")
