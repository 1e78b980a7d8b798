"""A BatchNorm and the layer before it as one."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from tests.models.torch.rules.nets import points, relevance, seeded
from torch import nn

from pellucid.models.torch.rules.layer_rules import Epsilon, Gamma
from pellucid.models.torch.rules.relevance import Relevance

LAYERS = {
    "conv": (lambda: nn.Conv2d(2, 3, 3), nn.BatchNorm2d, (2, 2, 5, 5)),
    "conv without bias": (lambda: nn.Conv2d(2, 3, 3, bias=False), nn.BatchNorm2d, (2, 2, 5, 5)),
    "grouped": (lambda: nn.Conv1d(2, 3 * 2, 3, groups=2), lambda _: nn.BatchNorm1d(6), (2, 2, 5)),
    "transposed": (lambda: nn.ConvTranspose2d(2, 3, 2), nn.BatchNorm2d, (2, 2, 4, 4)),
    "linear": (lambda: nn.Linear(4, 3), nn.BatchNorm1d, (2, 4)),
}


def fused(layer, norm):
    """One layer that does what both do, its weights written out."""
    one = copy.deepcopy(layer)
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    axis = 1 if isinstance(layer, nn.ConvTranspose2d) else 0
    shape = [1] * layer.weight.ndim
    shape[axis] = -1
    bias = 0 if layer.bias is None else layer.bias
    one.weight = nn.Parameter((layer.weight * scale.reshape(shape)).detach())
    one.bias = nn.Parameter(((bias - norm.running_mean) * scale + norm.bias).detach())
    return one


@pytest.mark.parametrize("name", LAYERS)
def test_both_are_as_one_layer(name):
    make, norm, shape = LAYERS[name]
    module = seeded(lambda: nn.Sequential(make(), norm(3), nn.ReLU()))
    x = points(*shape)
    single = nn.Sequential(fused(module[0], module[1]), nn.ReLU())
    np.testing.assert_allclose(module(x).detach(), single(x).detach(), rtol=1e-9, atol=1e-14)
    for k in (0, 2):
        found, expected = (relevance(Relevance(Gamma()), each, x, k) for each in (module, single))
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-12)


def test_apart_the_shift_keeps_its_share():
    module, x = seeded(lambda: nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))), points(2, 4)
    found = relevance(Relevance(Epsilon(0), fold=False), module, x)
    scale = module[1].weight / torch.sqrt(module[1].running_var + module[1].eps)
    np.testing.assert_allclose(found, x * (module[0].weight[0] * scale[0]).detach(), rtol=1e-9)
    assert (relevance(Relevance(Gamma(), fold=False), module, x) != relevance(Relevance(Gamma()), module, x)).any()


def test_a_norm_after_anything_else_is_left_alone():
    module, x = seeded(lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.BatchNorm1d(3))), points(2, 4)
    one, other = (relevance(Relevance(Gamma(), fold=fold), module, x) for fold in (True, False))
    np.testing.assert_array_equal(one, other)


def test_weights_stay_as_they_were():
    module, x = seeded(lambda: nn.Sequential(nn.Conv1d(2, 3, 2), nn.BatchNorm1d(3))), points(2, 2, 5)
    before = copy.deepcopy(module.state_dict())
    relevance(Relevance(Gamma()), module, x)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
