"""What Ancona, Ceolini, Öztireli and Gross found in 2018, on networks that read digits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from pellucid.attribution import LRP, DeepLIFT, InputXGradient, IntegratedGradients
from pellucid.models.torch.rules import Epsilon, Relevance

IMAGES, LABELS = load_digits(return_X_y=True)
IMAGES = IMAGES / 16
SHOWN = IMAGES[:40]


def trained(activation, bias=True):
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(64, 48, bias=bias),
        activation(),
        nn.Linear(48, 48, bias=bias),
        activation(),
        nn.Linear(48, 10, bias=bias),
    ).double()
    x, y = torch.from_numpy(IMAGES), torch.from_numpy(LABELS)
    adam = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(150):
        adam.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        adam.step()
    return net.eval()


@pytest.fixture(scope="module")
def nets():
    return {
        "relu": trained(nn.ReLU),
        "unbiased": trained(nn.ReLU, bias=False),
        "tanh": trained(nn.Tanh),
        "sigmoid": trained(nn.Sigmoid),
    }


def occluded_one_by_one(net, rows, targets):
    """What the output loses when one pixel is made zero."""
    found = np.zeros_like(rows)
    with torch.no_grad():
        whole = net(torch.from_numpy(rows)).numpy()[np.arange(len(rows)), targets]
        for i in range(rows.shape[1]):
            without = rows.copy()
            without[:, i] = 0
            found[:, i] = whole - net(torch.from_numpy(without)).numpy()[np.arange(len(rows)), targets]
    return found


def sensitivity(net, rows, targets, values, size, subsets=60):
    """Sensitivity-n: the mean correlation of summed values with the output's loss over random sets of n pixels."""
    rng = np.random.default_rng(0)
    scores = []
    for row, target, value in zip(rows, targets, values, strict=True):
        without = np.repeat(row[np.newaxis], subsets + 1, axis=0)
        sums = np.zeros(subsets)
        for k in range(subsets):
            chosen = rng.choice(64, size, replace=False)
            without[k, chosen] = 0
            sums[k] = value[chosen].sum()
        with torch.no_grad():
            said = net(torch.from_numpy(without)).numpy()[:, target]
        scores.append(np.corrcoef(sums, said[-1] - said[:-1])[0, 1])
    return float(np.nanmean(scores))


def explained(method, net, targets, **settings):
    return method(net, **settings).explain(SHOWN, targets).values[..., 0]


def said(net):
    return net(torch.from_numpy(SHOWN)).argmax(1).numpy()


def relative(one, other):
    return np.abs(one - other).sum() / np.abs(other).sum()


def test_epsilon_lrp_is_input_times_gradient_on_relu_networks(nets):
    net = nets["relu"]
    one = explained(LRP, net, said(net), rules=Relevance(Epsilon(0)))
    np.testing.assert_allclose(one, explained(InputXGradient, net, said(net)), rtol=1e-10, atol=1e-14)


def test_deep_lift_is_integrated_gradients_without_biases_and_close_with_them(nets):
    apart = {}
    for name in ("unbiased", "relu", "tanh"):
        path = explained(IntegratedGradients, nets[name], said(nets[name]), tolerance=1e-5)
        apart[name] = relative(explained(DeepLIFT, nets[name], said(nets[name])), path)
    assert apart["unbiased"] < 1e-9
    assert apart["relu"] < 0.03
    assert apart["tanh"] < 0.1


def test_occlusion_is_right_for_one_pixel_and_worse_than_the_others_for_most(nets):
    net = nets["tanh"]
    targets = said(net)
    alone = occluded_one_by_one(net, SHOWN, targets)
    others = explained(IntegratedGradients, net, targets), explained(DeepLIFT, net, targets)
    np.testing.assert_allclose(sensitivity(net, SHOWN, targets, alone, 1), 1.0, atol=1e-9)
    many = [sensitivity(net, SHOWN, targets, values, 56) for values in (alone, *others)]
    assert many[0] < 0.8
    assert min(many[1:]) > 0.88


def test_epsilon_lrp_goes_astray_on_sigmoids(nets):
    net = nets["sigmoid"]
    targets = said(net)
    path = sensitivity(net, SHOWN, targets, explained(IntegratedGradients, net, targets), 16)
    lift = sensitivity(net, SHOWN, targets, explained(DeepLIFT, net, targets), 16)
    astray = sensitivity(net, SHOWN, targets, explained(LRP, net, targets), 16)
    assert astray < 0.3
    assert min(path, lift) > 0.85
