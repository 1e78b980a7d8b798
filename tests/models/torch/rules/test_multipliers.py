"""DeepLIFT: contributions add up for every operation, and rows do not see each other."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from tests.models.torch.rules.nets import ROWWISE, Fn, contributions, gap, points, score, seeded
from torch import nn

from pellucid.core.errors import ParameterError, UnsupportedModelError
from pellucid.models.torch.rules.multipliers import Multipliers

RESCALE, REVEAL = Multipliers(), Multipliers("reveal-cancel")


def cnn(pool=None):
    pool = nn.MaxPool2d(3, 2) if pool is None else pool
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), pool, nn.Conv2d(4, 3, 3), nn.ELU(inplace=True),
        nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(12, 3),
    )  # fmt: skip


class Residual(nn.Module):
    """A module called twice, sums and writes in place, a residual, a buffer that is filled in parts."""

    def __init__(self):
        super().__init__()
        self.a, self.act, self.norm = nn.Linear(6, 6), nn.ReLU(inplace=True), nn.GroupNorm(2, 6)

    def forward(self, x):
        h = self.a(x)
        h += x
        h = self.act(h)
        h = self.a(h) + h
        wide = torch.zeros(len(x), 8, dtype=x.dtype)
        wide[:, :6] = self.norm(h)
        wide[:, 6:] += h[:, :2]
        return torch.sigmoid(wide * wide)


@pytest.mark.parametrize("rules", [RESCALE, REVEAL], ids=["rescale", "reveal-cancel"])
@pytest.mark.parametrize("name", ROWWISE)
def test_contributions_sum_to_the_difference_for_every_operation(name, rules):
    module = seeded(lambda: nn.Sequential(Fn(ROWWISE[name]), nn.Linear(6, 3)))
    assert gap(rules, module, points(5, 6), points(5, 6, seed=2)) < 1e-12


@pytest.mark.parametrize("rules", [RESCALE, REVEAL], ids=["rescale", "reveal-cancel"])
@pytest.mark.parametrize("name", ROWWISE)
def test_a_row_does_not_depend_on_the_others(name, rules):
    module = seeded(lambda: nn.Sequential(Fn(ROWWISE[name]), nn.Linear(6, 3)))
    x, x0 = points(5, 6), points(5, 6, seed=2)
    together = contributions(rules, module, x, x0)
    for k in range(5):
        alone = contributions(rules, module, x[k : k + 1], x0[k : k + 1])
        np.testing.assert_allclose(together[k : k + 1], alone, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", ROWWISE)
def test_values_are_the_modules_own(name):
    module, x = seeded(lambda: Fn(ROWWISE[name])), points(4, 6)
    with RESCALE.applied(module) as run:
        leaf = x.clone().requires_grad_()
        run.refer(leaf, points(4, 6, seed=2))
        y = module(leaf.clone())
    np.testing.assert_array_equal(y.detach(), module(x).detach())


@pytest.mark.parametrize("rules", [RESCALE, REVEAL], ids=["rescale", "reveal-cancel"])
@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (cnn, (3, 2, 11, 11)),
        (Residual, (4, 6)),
        (lambda: nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), nn.Flatten()), (3, 5, 8)),
        (lambda: nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True,
                                                           norm_first=True), nn.Flatten(), nn.Softmax(-1)), (3, 5, 8)),
        (lambda: nn.Sequential(nn.Conv1d(2, 3, 3), nn.Softplus(), nn.MaxPool1d(3, 1), nn.ConvTranspose1d(3, 2, 2)),
         (3, 2, 9)),
        (lambda: nn.Sequential(nn.Conv3d(1, 2, 2), nn.SiLU(), nn.MaxPool3d(2, 1), nn.InstanceNorm3d(2)),
         (3, 1, 4, 4, 4)),
        (lambda: nn.Sequential(nn.Conv2d(2, 2, 3), nn.PReLU(), nn.LocalResponseNorm(2), nn.AvgPool2d(2)), (3, 2, 6, 6)),
    ],
    ids=["cnn", "residual", "transformer", "pre-norm transformer", "1d", "3d", "local response"],
)  # fmt: skip
def test_contributions_sum_to_the_difference_for_networks(make, shape, rules):
    assert gap(rules, seeded(make), points(*shape), points(*shape, seed=2)) < 1e-12


def test_two_layers_have_the_multipliers_worked_out_by_hand():
    module = seeded(lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)))
    x, x0 = points(6, 3), points(6, 3, seed=2)
    w, b, v = (p.detach().numpy() for p in (module[0].weight, module[0].bias, module[2].weight))
    expected = np.zeros((6, 3))
    for n in range(6):
        for i in range(3):
            for j in range(4):
                z, z0 = float(w[j] @ x[n].numpy() + b[j]), float(w[j] @ x0[n].numpy() + b[j])
                slope = (max(z, 0) - max(z0, 0)) / (z - z0)
                expected[n, i] += float(x[n, i] - x0[n, i]) * w[j, i] * slope * v[1, j]
    np.testing.assert_allclose(contributions(RESCALE, module, x, x0, k=1), expected, rtol=1e-12)


def test_the_papers_saturated_sum_gives_each_half():
    # figure 1: y = 1 − relu(1 − i1 − i2) at (1, 1), where the gradient is 0
    module = Fn(lambda h: 1 - torch.relu(1 - h.sum(1, keepdim=True)), 2).double()
    module.layer.weight.data, module.layer.bias.data = torch.eye(2).double(), torch.zeros(2).double()
    values = contributions(RESCALE, module, torch.ones(1, 2).double(), torch.zeros(1, 2).double())
    np.testing.assert_allclose(values, [[0.5, 0.5]])


def test_a_product_gives_each_factor_the_mean_of_the_other():
    module = Fn(lambda h: h[:, :1] * h[:, 1:], 2).double()
    module.layer.weight.data, module.layer.bias.data = torch.eye(2).double(), torch.zeros(2).double()
    values = contributions(RESCALE, module, torch.tensor([[3.0, 5.0]]).double(), torch.tensor([[1.0, 2.0]]).double())
    np.testing.assert_allclose(values, [[2 * 3.5, 3 * 2.0]])


@pytest.mark.parametrize(
    ("one", "other"),
    [("tanh gelu", "gelu by hand"), ("gelu", "erf gelu by hand"), ("silu", "silu by hand"), ("relu", "relu by mask")],
)
def test_an_activation_written_by_hand_is_the_same(one, other):
    x, x0 = points(5, 6), points(5, 6, seed=2)
    found = [contributions(RESCALE, seeded(lambda name=name: Fn(ROWWISE[name])), x, x0) for name in (one, other)]
    np.testing.assert_allclose(*found, rtol=1e-8)


def test_without_a_reference_given_halves_refer_to_each_other():
    module, x, x0 = seeded(cnn), points(3, 2, 11, 11), points(3, 2, 11, 11, seed=2)
    leaf = torch.cat([x, x0]).requires_grad_()
    with RESCALE.applied(module):
        y = module(leaf.clone())
    gradient = torch.autograd.grad(score(y[:3]), leaf)[0]
    np.testing.assert_allclose((x - x0) * gradient[:3], contributions(RESCALE, module, x, x0), rtol=1e-11, atol=1e-15)
    assert not gradient[3:].any()


def test_linear_networks_have_their_weights():
    module = seeded(lambda: nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 2)))
    values = contributions(RESCALE, module, points(3, 4), torch.zeros(3, 4).double())
    np.testing.assert_allclose(values, points(3, 4) * (module[1].weight @ module[0].weight)[0].detach(), rtol=1e-12)


def test_equal_rows_and_references_have_the_gradient():
    module, x = seeded(lambda: nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2))), points(3, 4)
    leaf = x.clone().requires_grad_()
    with RESCALE.applied(module) as run:
        run.refer(leaf, x)
        y = module(leaf)
    found = torch.autograd.grad(score(y), leaf)[0]
    np.testing.assert_allclose(found, torch.autograd.grad(score(module(leaf)), leaf)[0], rtol=1e-12)


def test_nearly_equal_rows_and_references_have_nearly_the_gradient():
    module, x = seeded(lambda: nn.Sequential(nn.Linear(4, 5), nn.Sigmoid(), nn.Linear(5, 2))), points(3, 4)
    leaf = x.clone().requires_grad_()
    with RESCALE.applied(module) as run:
        run.refer(leaf, x + 1e-13)
        y = module(leaf)
    found = torch.autograd.grad(score(y), leaf)[0]
    np.testing.assert_allclose(found, torch.autograd.grad(score(module(leaf)), leaf)[0], rtol=1e-9)


@pytest.mark.parametrize("size", [1e-3, 1.0, 500.0])
def test_softmax_is_complete_for_small_and_huge_scores(size):
    module = seeded(lambda: Fn(lambda h: torch.softmax(h * size, -1)))
    assert gap(RESCALE, module, points(5, 6), points(5, 6, seed=2)) < 1e-12


def test_softmax_with_masked_scores_is_complete():
    mask = torch.tensor([0, 0, -torch.inf, 0, -torch.inf, 0])
    module = seeded(lambda: nn.Sequential(Fn(lambda h: torch.softmax(h + mask, -1)), nn.Linear(6, 2)))
    assert gap(RESCALE, module, points(5, 6), points(5, 6, seed=2)) < 1e-12


def test_captum_is_met_where_it_is_right():
    from captum.attr import DeepLift

    def make():
        return nn.Sequential(nn.Conv2d(2, 3, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 5), nn.ReLU(),
                             nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2))  # fmt: skip

    module, x, x0 = seeded(make), points(3, 2, 6, 6), points(3, 2, 6, 6, seed=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = DeepLift(module).attribute(x.clone(), x0, target=1)
    np.testing.assert_allclose(contributions(RESCALE, module, x, x0, k=1), theirs.detach(), rtol=1e-9, atol=1e-14)


def test_captums_faults_are_not_here():
    """captum 0.9: softmax mixes rows; max-pooling after a ReLU, or with windows that overlap, leaves a gap."""
    from captum.attr import DeepLift

    x, x0 = points(4, 6), points(4, 6, seed=2)
    soft = seeded(lambda: nn.Sequential(nn.Linear(6, 4), nn.Softmax(-1), nn.Linear(4, 2)))
    pools = [
        seeded(lambda: nn.Sequential(nn.Conv2d(2, 3, 3), nn.MaxPool2d(3, 1), nn.Flatten(), nn.Linear(12, 2))),
        seeded(lambda: nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 5),
                                     nn.Tanh(), nn.Linear(5, 2))),
    ]  # fmt: skip
    image, image0 = points(3, 2, 6, 6), points(3, 2, 6, 6, seed=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        together = DeepLift(soft).attribute(x.clone(), x0, target=0)[:1]
        alone = DeepLift(soft).attribute(x[:1].clone(), x0[:1], target=0)
        gaps = [
            DeepLift(pool).attribute(image.clone(), image0, target=1, return_convergence_delta=True)[1]
            for pool in pools
        ]
    assert (together - alone).abs().max() > 1e-3
    assert all(each.abs().max() > 1e-3 for each in gaps)
    assert all(gap(RESCALE, pool, image, image0, 1) < 1e-12 for pool in pools)
    ours = contributions(RESCALE, soft, x, x0)[:1]
    np.testing.assert_allclose(ours, contributions(RESCALE, soft, x[:1], x0[:1]), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("detached", lambda h: h * h.detach().sum(1, keepdim=True)),
        ("chosen", lambda h: h.gather(1, h.argmax(1, keepdim=True))),
        ("where", lambda h: torch.where(h.sum(1, keepdim=True) > 0, h, 2 * h)),
        ("branch", lambda h: torch.where(h > 0, h, h.mean(1, keepdim=True).detach())),
        ("number", lambda h: h * h.sum().item()),
        ("decision", lambda h: h if h.sum() > 4 else -h),
    ],
)
def test_numbers_that_change_without_a_gradient_are_refused(name, function):
    with pytest.raises(UnsupportedModelError, match="differ between a row and its reference"):
        contributions(RESCALE, seeded(lambda: Fn(function)), points(5, 6), points(5, 6, seed=2))


@pytest.mark.parametrize("operation", ["sort", "prod", "cdist"])
def test_operations_without_a_rule_are_named(operation):
    functions = {
        "sort": lambda h: h.sort(1).values,
        "prod": lambda h: h.prod(1, keepdim=True),
        "cdist": lambda h: torch.cdist(h, h),
    }
    with pytest.raises(UnsupportedModelError, match=f"no rule for the operation '{operation}'"):
        contributions(RESCALE, seeded(lambda: Fn(functions[operation])), points(5, 6), points(5, 6, seed=2))


def test_bad_settings_and_references_are_refused():
    with pytest.raises(ParameterError, match="rule must be"):
        Multipliers("gradient")
    module = seeded(lambda: nn.Linear(3, 2))
    with pytest.raises(ParameterError, match="shape of its input"), RESCALE.applied(module) as run:
        run.refer(points(2, 3), points(1, 3))
    with pytest.raises(ParameterError, match="as many references"), RESCALE.applied(module):
        module(points(3, 3).requires_grad_())
