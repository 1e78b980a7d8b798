"""DeepSHAP: DeepLIFT averaged over a background."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from pellucid.attribution import DeepSHAP
from pellucid.core.errors import ParameterError

ROWS = np.random.default_rng(0).normal(size=(5, 4))
BACKGROUND = np.random.default_rng(1).normal(size=(7, 4))


def mlp():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 9), nn.ReLU(), nn.Linear(9, 6), nn.Tanh(), nn.Linear(6, 3)).double()


def test_of_a_linear_network_it_is_the_shapley_value():
    net = nn.Linear(4, 2).double()
    found = DeepSHAP(net, BACKGROUND).explain(ROWS, 1)
    expected = (ROWS - BACKGROUND.mean(axis=0)) * net.weight.detach().numpy()[1]
    np.testing.assert_allclose(found.values[..., 0], expected, rtol=1e-12)


def test_captum_is_met_and_the_sum_is_right():
    from captum.attr import DeepLiftShap

    net = mlp()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = DeepLiftShap(net).attribute(torch.from_numpy(ROWS), torch.from_numpy(BACKGROUND), target=2)
    found = DeepSHAP(net, BACKGROUND).explain(ROWS, 2)
    np.testing.assert_allclose(found.values[..., 0], theirs.detach(), rtol=1e-9, atol=1e-14)
    mean = net(torch.from_numpy(BACKGROUND)).detach().numpy()[:, 2].mean()
    np.testing.assert_allclose(found.base[:, 0], mean, rtol=1e-12)
    said = net(torch.from_numpy(ROWS)).detach().numpy()[:, 2]
    np.testing.assert_allclose(found.base[:, 0] + found.values[..., 0].sum(axis=1), said, rtol=1e-12)


def test_a_background_is_needed():
    with pytest.raises(ParameterError, match="background=None was passed"):
        DeepSHAP(mlp()).explain(ROWS)
