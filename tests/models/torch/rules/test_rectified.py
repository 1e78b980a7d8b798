"""Deconvnet and guided backpropagation."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from tests.models.torch.rules.nets import Fn, gradient, points, seeded
from torch import nn

from pellucid.core.errors import ParameterError, UnsupportedModelError
from pellucid.models.torch.rules.rectified import Rectified


def cnn(inplace=False):
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(inplace), nn.MaxPool2d(2), nn.Conv2d(4, 3, 2), nn.ReLU(inplace),
                         nn.Flatten(), nn.Linear(12, 3))  # fmt: skip


@pytest.mark.parametrize("kind", ["guided", "deconvnet"])
def test_two_layers_are_rectified_as_the_papers_say(kind):
    module = seeded(lambda: nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 2)))
    weights = [(module[k].weight.detach().numpy(), module[k].bias.detach().numpy()) for k in (0, 2, 4)]
    x, found = points(3, 4), []
    for row in x.numpy():
        before, h = [], row
        for w, b in weights:
            before.append(w @ h + b)
            h = np.maximum(before[-1], 0)
        g = weights[2][0][1]
        for k in (1, 0):
            g = np.array([max(g[j], 0) * (1 if kind == "deconvnet" else before[k][j] > 0) for j in range(len(g))])
            g = weights[k][0].T @ g
        found.append(g)
    np.testing.assert_allclose(gradient(Rectified(kind), module, x, 1), found, rtol=1e-12)


@pytest.mark.parametrize("kind", ["guided", "deconvnet"])
@pytest.mark.parametrize("inplace", [False, True])
def test_captum_is_met(kind, inplace):
    from captum.attr import Deconvolution, GuidedBackprop

    x = points(3, 1, 8, 8)
    theirs = {"guided": GuidedBackprop, "deconvnet": Deconvolution}[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = theirs(seeded(cnn)).attribute(x.clone().requires_grad_(), target=1)
    found = gradient(Rectified(kind), seeded(lambda: cnn(inplace)), x, 1)
    np.testing.assert_array_equal(found, expected.detach())


@pytest.mark.parametrize(
    "function",
    [
        lambda h: h.relu(),
        lambda h: h.clone().relu_(),
        lambda h: h.clamp(min=0),
        lambda h: h.clamp_min(0.0),
        lambda h: torch.maximum(h, torch.zeros(())),
        lambda h: nn.functional.relu6(h * 0.01) * 100,
    ],
)
def test_all_spellings_of_relu_are_rectified(function):
    x = points(4, 6)
    expected = gradient(Rectified("guided"), seeded(lambda: nn.Sequential(nn.Linear(6, 6), nn.ReLU())), x)
    module = seeded(lambda: Fn(function))
    np.testing.assert_allclose(gradient(Rectified("guided"), module, x), expected, rtol=1e-12)


@pytest.mark.parametrize("name", ["gelu", "silu", "elu", "leaky_relu"])
def test_other_activations_are_named_or_keep_their_gradient(name):
    module, x = seeded(lambda: Fn(getattr(nn.functional, name))), points(3, 6)
    with pytest.raises(UnsupportedModelError, match=f"no rule for '{name}'"):
        gradient(Rectified("guided"), module, x)
    leaf = x.clone().requires_grad_()
    plain = torch.autograd.grad(module(leaf)[:, 0].sum(), leaf)[0]
    np.testing.assert_array_equal(gradient(Rectified("guided", others="gradient"), module, x), plain)


def test_an_activation_written_by_hand_is_refused():
    with pytest.raises(UnsupportedModelError, match="written by hand"):
        gradient(Rectified("deconvnet"), seeded(lambda: Fn(lambda h: h * torch.sigmoid(h))), points(3, 6))


def test_without_rectifiers_it_is_the_gradient():
    module = seeded(lambda: nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), nn.Tanh()))
    module[0].activation = torch.tanh
    x = points(2, 3, 8)
    leaf = x.clone().requires_grad_()
    plain = torch.autograd.grad(module(leaf).flatten(1)[:, 0].sum(), leaf)[0]
    np.testing.assert_allclose(gradient(Rectified("guided"), module, x), plain, rtol=1e-9, atol=1e-12)


def test_unknown_kinds_are_refused():
    with pytest.raises(ParameterError, match="'deconvnet' or 'guided'"):
        Rectified("relu")
