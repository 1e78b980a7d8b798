"""What is promised of every rule set: nothing left behind, nothing unseen."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from tests.models.torch.rules.nets import Fn, contributions, gap, gradient, points, relevance, score, seeded
from torch import nn
from torch.overrides import _len_torch_function_stack
from torch.utils.checkpoint import checkpoint

from pellucid.core.errors import UnsupportedModelError
from pellucid.models.torch.rules.layer_rules import Epsilon
from pellucid.models.torch.rules.multipliers import Multipliers
from pellucid.models.torch.rules.rectified import Rectified
from pellucid.models.torch.rules.relevance import Relevance

ALL = [Rectified("guided", others="gradient"), Multipliers(), Relevance()]
NAMES = ["rectified", "multipliers", "relevance"]


def apply(rules, module, x):
    return (contributions if rules.needs_reference else gradient)(
        rules, module, x, *([x.flip(0)] if rules.needs_reference else [])
    )


def mlp():
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, g):
        return 2 * g


class Reversed(torch.autograd.Function):
    """The same value and the opposite gradient, by a view."""

    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -g


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.inner = kind(4, 3)

    def forward(self, x):
        found = self.inner(x)
        return found if isinstance(found, torch.Tensor) else found[0]


@pytest.mark.parametrize("rules", ALL, ids=NAMES)
def test_nothing_is_left_behind(rules):
    module = seeded(mlp)
    before, state = copy.deepcopy(module.state_dict()), torch.random.get_rng_state()
    apply(rules, module, points(3, 4))
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(p.grad is None and p.requires_grad for p in module.parameters())
    assert not any(part._forward_hooks or part._backward_hooks or part._forward_pre_hooks for part in module.modules())
    assert _len_torch_function_stack() == 0
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize("rules", ALL, ids=NAMES)
def test_nothing_is_left_behind_by_an_error(rules):
    module = seeded(lambda: Fn(torch.linalg.inv))
    with pytest.raises(UnsupportedModelError, match="linalg_inv"):
        apply(rules, module, points(6, 6))
    assert _len_torch_function_stack() == 0


@pytest.mark.parametrize("rules", ALL, ids=NAMES)
def test_the_callers_no_grad_does_not_matter(rules):
    module, x = seeded(mlp), points(3, 4)
    leaf = x.clone().requires_grad_()
    with torch.no_grad(), rules.applied(module) as run:
        if rules.needs_reference:
            run.refer(leaf, x.flip(0))
        y = module(leaf)
    assert y.requires_grad
    assert torch.autograd.grad(score(y), leaf)[0].any()


@pytest.mark.parametrize("rules", ALL, ids=NAMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_lower_precision_gives_nearly_the_same(rules, dtype):
    def make():
        return nn.Sequential(
            nn.Linear(6, 8), nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 4), nn.Softmax(-1), nn.Linear(4, 2)
        )

    x = points(4, 6)
    exact, rough = apply(rules, seeded(make), x), apply(rules, seeded(make, dtype=dtype), x.to(dtype))
    assert rough.dtype == dtype
    np.testing.assert_allclose(rough.double(), exact, atol=float(exact.abs().max()) * torch.finfo(dtype).eps * 30)


@pytest.mark.parametrize("rules", ALL, ids=NAMES)
def test_functions_whose_inside_is_not_seen_are_refused(rules):
    module = seeded(lambda: nn.Sequential(Fn(Doubled.apply), nn.Linear(6, 2)))
    with pytest.raises(UnsupportedModelError, match="no rule for 'Doubled'"):
        apply(rules, module, points(2, 6))
    with pytest.raises(UnsupportedModelError, match="no rule for 'Reversed'"):
        apply(rules, seeded(lambda: nn.Sequential(Fn(Reversed.apply), nn.Linear(6, 2))), points(2, 6))
    with pytest.raises(UnsupportedModelError, match="no rule for the operation 'fft_rfft'"):
        apply(rules, seeded(lambda: Fn(lambda h: torch.fft.rfft(h).abs())), points(2, 6))
    inner = seeded(mlp)
    saved = seeded(
        lambda: nn.Sequential(
            nn.Linear(4, 4), Fn(lambda h: checkpoint(inner, h, use_reentrant=True), 4), nn.Linear(2, 2)
        )
    )
    with pytest.raises(UnsupportedModelError, match="Checkpoint"):
        apply(rules, saved, points(2, 4))


@pytest.mark.parametrize("rules", ALL, ids=NAMES)
def test_functions_over_rows_that_torch_batches_are_refused(rules):
    module = seeded(lambda: nn.Sequential(Fn(torch.vmap(lambda h: torch.relu(h) * 2)), nn.Linear(6, 2)))
    with pytest.raises(
        UnsupportedModelError, match=r"no rule for 'Mul', a function .* whose inside torch does not show"
    ):
        apply(rules, module, points(2, 6))


@pytest.mark.parametrize("rules", ALL, ids=NAMES)
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN, nn.GRUCell, nn.RNNCell])
def test_recurrent_layers_are_refused(rules, kind):
    shape = (2, 4) if "Cell" in kind.__name__ else (2, 5, 4)
    with pytest.raises(UnsupportedModelError, match=r"recurrent layers, got (lstm|gru|rnn)\w* of layer 'inner'"):
        apply(rules, seeded(lambda: Recurrent(kind)), points(*shape))


def test_scripted_and_compiled_modules_are_refused():
    module = seeded(mlp)
    with pytest.warns(DeprecationWarning, match="torch.jit"), torch.no_grad():
        scripted = torch.jit.trace(module, points(2, 4))
    with pytest.raises(UnsupportedModelError, match="TorchScript module cannot"):
        gradient(ALL[0], scripted, points(2, 4))
    with pytest.raises(UnsupportedModelError, match=r"compiled module .at '0'. cannot"):
        gradient(ALL[0], nn.Sequential(torch.compile(module, backend="eager")), points(2, 4))


@pytest.mark.parametrize("part", [nn.Dropout(0.5), nn.BatchNorm1d(6), nn.Dropout1d(0.2)])
def test_layers_in_training_mode_are_refused(part):
    module = seeded(lambda: nn.Sequential(nn.Linear(6, 6), part, nn.Linear(6, 2)))
    module.train()
    with pytest.raises(UnsupportedModelError, match="training mode"):
        relevance(Relevance(), module, points(3, 6))


def test_an_operation_without_a_rule_is_named_with_its_layer():
    class Bilinear(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix = nn.Bilinear(3, 3, 2)

        def forward(self, x):
            return self.mix(x, x.sin())

    with pytest.raises(
        UnsupportedModelError, match="no rule for the operation 'bilinear' of layer 'mix' on tensors of"
    ):
        relevance(Relevance(), seeded(Bilinear), points(2, 3))


def test_numbers_without_a_gradient_pass():
    def busy(h):
        size = h.shape[0] + h.size(1) + h.dim()
        where = torch.arange(h.shape[1]).to(h.dtype) / size
        mask = torch.ones_like(h).triu() > 0
        assert h.is_floating_point()
        assert h.sum().item() == float(h.sum())
        return h.masked_fill(mask, 0) + where + h.new_zeros(1) + torch.zeros(h.shape).uniform_(0, 0)

    found = relevance(Relevance(Epsilon(0)), seeded(lambda: Fn(busy)), points(4, 6), 1)
    assert found.isfinite().all()


def test_a_module_may_stop_gradients_itself():
    def stopped(h):
        with torch.no_grad():
            weight = h.mean(1, keepdim=True)
        return h * weight

    module, x = seeded(lambda: Fn(stopped)), points(3, 6)
    leaf = x.clone().requires_grad_()
    plain = torch.autograd.grad(score(module(leaf)), leaf)[0]
    np.testing.assert_allclose(gradient(Rectified("guided"), module, x), plain)


def test_several_inputs_are_followed_at_once():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(3, 4), nn.Linear(2, 4)

        def forward(self, x, z):
            return torch.tanh(self.a(x)) * torch.relu(self.b(z))

    module = seeded(Two)
    x, x0, z, z0 = points(3, 3), points(3, 3, seed=2), points(3, 2, seed=3), points(3, 2, seed=4)
    leaves = [x.clone().requires_grad_(), z.clone().requires_grad_()]
    with Multipliers().applied(module) as run:
        run.refer(leaves[0], x0)
        run.refer(leaves[1], z0)
        y = module(*leaves)
    found = torch.autograd.grad(score(y), leaves)
    total = ((x - x0) * found[0]).sum(1) + ((z - z0) * found[1]).sum(1)
    np.testing.assert_allclose(total, (module(x, z) - module(x0, z0))[:, 0].detach(), rtol=1e-11)


def test_a_leaf_may_stand_inside_the_network():
    inner = seeded(lambda: nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2)))
    x, x0 = points(3, 4), points(3, 4, seed=2)
    kept = {}

    class Tapped(nn.Module):
        def forward(self, given):
            kept["leaf"] = inner[0](given).detach().requires_grad_()
            return inner[2](inner[1](kept["leaf"].clone()))

    start = x.clone().requires_grad_()
    with Multipliers().applied(inner) as run:
        run.refer(start, x0)
        y = Tapped()(start)
        hidden0 = run.reference(kept["leaf"])
    np.testing.assert_allclose(hidden0, inner[0](x0).detach())
    m = torch.autograd.grad(score(y), kept["leaf"])[0]
    found = ((kept["leaf"].detach() - hidden0) * m).sum(1)
    np.testing.assert_allclose(found, (inner(x) - inner(x0))[:, 0].detach(), rtol=1e-11)


def test_writing_in_place_is_followed_through_views():
    def written(h):
        wide = torch.zeros(len(h), 3, 4, dtype=h.dtype)
        part = wide[:, 1]
        part[:, :3] = h[:, :3].exp()
        wide[:, 2] += h[:, 2:]
        flat = wide.view(len(h), -1)
        flat.mul_(2).sigmoid_()
        return wide.flatten(1) * h.sum(1, keepdim=True)

    module = seeded(lambda: nn.Sequential(Fn(written), nn.Linear(12, 2)))
    assert gap(Multipliers(), module, points(4, 6), points(4, 6, seed=2)) < 1e-12
    assert relevance(Relevance(), module, points(4, 6)).isfinite().all()


def test_a_function_traced_from_what_was_written_into_is_not_taken_for_whole():
    def written(h):
        gate = torch.sigmoid(h)
        h = h.add_(1)
        return gate * h

    module = seeded(lambda: nn.Sequential(Fn(written), nn.Linear(6, 2)))
    assert gap(Multipliers(), module, points(4, 6), points(4, 6, seed=2)) < 1e-12
