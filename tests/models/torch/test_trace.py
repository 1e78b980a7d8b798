"""Reading and editing the inside of a network, and leaving nothing there."""

from __future__ import annotations

from collections import namedtuple

import pytest
import torch
from torch import nn

from pellucid.core.errors import ModelFailedError, ParameterError, UnsupportedModelError
from pellucid.models.torch.trace import Site, intervene, watch

Pair = namedtuple("Pair", "first second")


class Block(nn.Module):
    """Takes its input by name, gives a tuple, and writes in place."""

    def __init__(self, width=6):
        super().__init__()
        self.project = nn.Linear(width, width)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, *, hidden, scale=1.0):
        return Pair(self.relu(self.project(hidden)) * scale, torch.ones(3))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = Block(), Block()
        self.shared = nn.Linear(6, 6)

    def forward(self, x):
        hidden = self.first(hidden=x)[0]
        hidden = self.shared(self.shared(hidden))
        return self.second(hidden=hidden, scale=2.0)[0]


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Net().double()


@pytest.fixture
def x():
    return torch.randn(2, 5, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def hooks(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def test_readings_are_what_the_modules_take_and_give(net, x):
    sites = [Site("first.project"), Site("second", "in"), Site("second.project", pos=2, unit=3), Site("")]
    with intervene(net, read=sites) as run:
        y = net(x)
    hidden = net.first.project(x)
    torch.testing.assert_close(run[sites[0]], hidden)
    inner = net.shared(net.shared(hidden.relu()))
    torch.testing.assert_close(run[sites[1]], inner)
    torch.testing.assert_close(run[sites[2]], net.second.project(inner)[:, 2:3, 3:4])
    torch.testing.assert_close(run[sites[3]], y)


def test_a_reading_stays_what_it_was_when_the_network_writes_in_place(net, x):
    with intervene(net, read=[Site("first.project")]) as run:
        net(x)
    assert (run[Site("first.project")] < 0).any()


def test_a_reading_is_part_of_the_graph(net, x):
    site = Site("first.project")
    with intervene(net, read=[site]) as run:
        y = net(x)
    (gradient,) = torch.autograd.grad(y.sum(), run[site])
    assert gradient.shape == (2, 5, 6)
    assert gradient.abs().sum() > 0


def test_the_gradient_at_a_part_is_that_part_of_the_gradient(net, x):
    whole, part = Site("first.project"), Site("first.project", pos=1, unit=4)
    with intervene(net, read=[whole, part]) as run:
        y = net(x)
    every, some = torch.autograd.grad(y.sum(), [run[whole], run[part]])
    torch.testing.assert_close(every[:, 1:2, 4:5], some)


def test_an_edit_replaces_only_its_place(net, x):
    site = Site("first.project", pos=-1, head=(1, 3))
    with intervene(net, read=[Site("first.project")], edit={site: lambda h, _: h * 0 + 7}) as run:
        net(x)
    expected = net.first.project(x)
    expected[:, -1:, 2:4] = 7
    torch.testing.assert_close(run[Site("first.project")], expected)


def test_the_answer_does_not_depend_on_the_order_of_sites(net, x):
    edits = {
        Site("first.project", unit=0): lambda h, _: h + 1,
        Site("second", "in"): lambda h, _: h * 2,
        Site("first.project", unit=1): lambda h, _: -h,
        Site("second", field=0): lambda h, _: h - 3,
    }
    with intervene(net, edit=edits):
        forwards = net(x)
    with intervene(net, edit=dict(reversed(edits.items()))):
        backwards = net(x)
    torch.testing.assert_close(forwards, backwards, rtol=0, atol=0)
    assert not torch.equal(forwards, net(x))


def test_an_edit_sees_what_was_read_before(net, x):
    source, to = Site("first.project"), Site("second.project")
    with intervene(net, read=[source, to], edit={to: lambda _, context: context.run[source]}) as run:
        net(x)
    torch.testing.assert_close(run[to], run[source])


def test_the_tuple_around_a_tensor_stays(net, x):
    with intervene(net, edit={Site("first", field=1): lambda h, _: h + 1}):
        given = net.first(hidden=x)
    assert type(given) is Pair
    torch.testing.assert_close(given.second, torch.full((3,), 2.0))


def test_one_hook_a_module_and_none_after(net, x):
    sites = [Site("first.project", unit=k) for k in range(4)]
    with intervene(net, read=sites, edit={sites[0]: lambda h, _: h}):
        assert len(net.first.project._forward_hooks) == 1
    assert hooks(net) == 0


def test_nothing_is_left_when_the_network_or_an_edit_fails(net, x):
    def fail(h, _):
        raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"), intervene(net, edit={Site("second.project"): fail}):
        net(x)
    with pytest.raises(RuntimeError), intervene(net, read=[Site("first")]):
        net(x[..., :2])
    assert hooks(net) == 0


def test_a_module_that_is_called_twice_asks_which_call(net, x):
    with (
        pytest.raises(ParameterError, match=r"shared \(out\): one pass calls it several times; say which"),
        intervene(net, read=[Site("shared")]),
    ):
        net(x)
    first, second = Site("shared", call=0), Site("shared", call=1)
    for _ in range(2):
        with intervene(net, read=[second, first]) as run:
            net(x)
            net(x)
        torch.testing.assert_close(run[second], net.shared(run[first]))
        assert len(run.passes[first]) == 2


def test_positions_count_on_through_a_generation(net, x):
    site = Site("first.project", pos=6)
    with intervene(net, read=[site], generating=True) as run:
        net(x)
        assert site not in run.passes
        net(x[:, :1])
        net(x[:, 1:2])
    torch.testing.assert_close(run[site], net.first.project(x[:, 1:2]))
    with intervene(net, read=[site]) as run:
        net(x)
        net(x[:, :2])
    with pytest.raises(ModelFailedError, match=r"first.project \(out, pos 6\) was not reached"):
        run[site]


def test_channels_are_units_where_there_are_four_axes():
    conv = nn.Conv2d(1, 3, 3)
    image = torch.randn(2, 1, 5, 5)
    with intervene(conv, read=[Site("", unit=-1)]) as run:
        y = conv(image)
    torch.testing.assert_close(run[Site("", unit=-1)], y[:, 2:])


@pytest.mark.parametrize(
    ("site", "message"),
    [
        ({"module": "third"}, "there is no module 'third' in this network; there are first, first.project"),
        ({"module": "first.project", "head": (0, 4)}, "6 numbers are no 4 heads of equal size"),
        ({"module": "first.project", "unit": 6}, "there are 6 units, got unit 6"),
        ({"module": "first.project", "pos": -6}, "there are 5 positions"),
        ({"module": "first", "field": 7}, "there is no tensor here, but NoneType; say which with field="),
    ],
)
def test_a_place_that_is_not_there_is_told_in_one_sentence(net, x, site, message):
    with pytest.raises(ParameterError) as caught, intervene(net, read=[Site(**site)]):
        net(x)
    assert message in str(caught.value)
    assert hooks(net) == 0


def test_settings_of_a_site_are_checked():
    with pytest.raises(ParameterError, match="point must be 'out' or 'in', got 'middle'"):
        Site("first", "middle")
    with pytest.raises(ParameterError, match=r"head must be \(k, heads\) with 0 ≤ k < heads, got \(3, 3\)"):
        Site("first", head=(3, 3))


def test_an_edit_of_another_shape_is_refused(net, x):
    with (
        pytest.raises(ParameterError, match=r"an edit must give shape \(2, 5, 6\), got \(2, 5, 1\)"),
        intervene(net, edit={Site("first.project"): lambda h, _: h[..., :1]}),
    ):
        net(x)


# TorchScript is deprecated, and people have models in it
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_the_inside_of_torchscript_is_out_of_reach():
    scripted = torch.jit.trace(nn.Sequential(nn.Linear(2, 2)), torch.ones(1, 2))
    with (
        pytest.raises(UnsupportedModelError, match="the inside of a TorchScript module cannot be read or edited"),
        intervene(scripted, read=[Site("0")]),
    ):
        scripted(torch.ones(1, 2))


def test_watching_tells_modules_in_the_order_of_their_answers(net, x):
    seen = []
    with watch(net, lambda path, *_: seen.append(path)):
        net(x)
    assert seen[:3] == ["first.project", "first.relu", "first"]
    assert seen[-1] == ""
    assert hooks(net) == 0
