"""Largest and smallest numbers: all of a change to one input, and never more than it moved."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.models.torch.rules.nets import Fn, contributions, gap, points, seeded
from torch import nn
from torch.nn import functional

from pellucid.models.torch.rules.maxima import winner
from pellucid.models.torch.rules.multipliers import Multipliers


def test_a_window_puts_its_change_on_the_winner_before_or_after():
    x = torch.tensor([[1.0, 4.0, 2.0], [1.0, 2.0, 0.5]]).double().requires_grad_()
    x0 = torch.tensor([[3.0, 0.0, 2.0], [3.0, 2.5, 0.0]]).double()
    places = (x.argmax(1, keepdim=True), x0.argmax(1, keepdim=True))
    m = torch.autograd.grad(winner(x, x0, places, 1).sum(), x)[0]
    # 3 → 4: on the second, which rose by 4; 3 → 2: on the first, which fell by 2
    np.testing.assert_allclose(m, [[0, 1 / 4, 0], [1 / 2, 0, 0]])


@pytest.mark.parametrize("largest", [True, False])
def test_multipliers_lie_between_none_and_all(largest):
    x, x0 = points(200, 6).requires_grad_(), points(200, 6, seed=2)
    find = torch.argmax if largest else torch.argmin
    places = (find(x.detach(), 1, keepdim=True), find(x0, 1, keepdim=True))
    m = torch.autograd.grad(winner(x, x0, places, 1, largest).sum(), x)[0]
    assert m.min() >= 0
    assert m.max() <= 1
    change = x.detach().gather(1, places[0]) - x0.gather(1, places[1])
    np.testing.assert_allclose((m * (x.detach() - x0)).sum(1), change[:, 0], rtol=1e-12, atol=1e-14)


POOLS = {
    "overlapping": lambda h: functional.max_pool2d(h, 3, 1),
    "padded": lambda h: functional.max_pool2d(h, 3, 2, padding=1, ceil_mode=True),
    "dilated": lambda h: functional.max_pool2d(h, 2, 1, dilation=2),
    "with indices": lambda h: functional.max_pool2d(h, 2, 1, return_indices=True)[0],
    "of torch": lambda h: torch.max_pool2d(h, 3, 2),
    "adaptive": lambda h: functional.adaptive_max_pool2d(h, (3, 2)),
    "adaptive with indices": lambda h: nn.AdaptiveMaxPool2d(3, return_indices=True)(h)[0],
    "lines": lambda h: functional.max_pool1d(h.flatten(2), 4, 2),
    "space": lambda h: functional.max_pool3d(h.unsqueeze(1), 2, 1),
    "amax": lambda h: h.amax((2, 3)),
    "all but rows": lambda h: h.flatten(1).max(1, keepdim=True).values,
    "named axis": lambda h: torch.min(h, dim=2, keepdim=True)[0],
}


@pytest.mark.parametrize("name", POOLS)
def test_every_kind_is_complete(name):
    module = seeded(lambda: nn.Sequential(nn.Conv2d(1, 2, 2), Fn(POOLS[name]), nn.Flatten()))
    module[1].layer = nn.Identity()
    x, x0 = points(3, 1, 7, 7), points(3, 1, 7, 7, seed=2)
    for k in (0, -1):
        assert gap(Multipliers(), module, x, x0, k) < 1e-12


def test_a_number_that_several_windows_share_has_something_from_each():
    module = Fn(lambda h: functional.max_pool1d(h, 2, 1), 3).double()
    module.layer = nn.Identity()
    x, x0 = torch.tensor([[[0.0, 5.0, 1.0]]]).double(), torch.zeros(1, 1, 3).double()
    total = nn.Sequential(module, nn.Flatten(), Fn(lambda h: h.sum(1, keepdim=True), 2))
    total[2].layer = nn.Identity()
    np.testing.assert_allclose(contributions(Multipliers(), total, x, x0), [[[0, 10, 0]]])
