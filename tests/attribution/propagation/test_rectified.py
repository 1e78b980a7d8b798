"""Guided backpropagation and deconvnet as methods."""

from __future__ import annotations

import warnings

import captum.attr
import numpy as np
import pytest
import torch
from torch import nn

from pellucid.attribution import Deconvnet, GuidedBackprop
from pellucid.core.errors import ParameterError, UnsupportedModelError

IMAGES = np.random.default_rng(0).normal(size=(4, 1, 8, 8))


def cnn(activation=nn.ReLU):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        activation(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 2),
        activation(),
        nn.Flatten(),
        nn.Linear(24, 3),
    ).double()


@pytest.mark.parametrize(
    ("method", "theirs"), [(GuidedBackprop, captum.attr.GuidedBackprop), (Deconvnet, captum.attr.Deconvolution)]
)
def test_captum_is_met(method, theirs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = theirs(cnn()).attribute(torch.from_numpy(IMAGES).requires_grad_(), target=1)
    np.testing.assert_array_equal(method(cnn()).explain(IMAGES, 1).values[..., 0], expected.detach())


@pytest.mark.parametrize("method", [GuidedBackprop, Deconvnet])
def test_functional_relu_counts_too(method):
    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = cnn()

        def forward(self, x):
            h = nn.functional.max_pool2d(torch.relu(self.net[0](x)), 2)
            return self.net[6](self.net[3](h).relu_().flatten(1))

    expected = method(cnn()).explain(IMAGES, 1).values
    np.testing.assert_array_equal(method(Functional()).explain(IMAGES, 1).values, expected)


@pytest.mark.parametrize("method", [GuidedBackprop, Deconvnet])
def test_other_activations_are_refused_unless_asked_for(method):
    with pytest.raises(UnsupportedModelError, match="no rule for 'gelu', only for rectifiers"):
        method(cnn(nn.GELU)).explain(IMAGES)
    assert np.isfinite(method(cnn(nn.GELU), others="gradient").explain(IMAGES).values).all()
    with pytest.raises(ParameterError, match="others must be one of 'raise', 'gradient'"):
        method(cnn(), others="skip")
