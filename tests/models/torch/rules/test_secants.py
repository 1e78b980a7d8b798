"""Slopes between a value and its reference, where they are small, equal, infinite or huge."""

from __future__ import annotations

import numpy as np
import torch
from tests.models.torch.rules.nets import points

from pellucid.models.torch.rules.secants import secant, softmax_slopes


def test_it_is_the_quotient_where_there_is_one():
    x, x0 = points(50), points(50, seed=2)
    np.testing.assert_allclose(secant(torch.exp, x, x0), (x.exp() - x0.exp()) / (x - x0), rtol=1e-13)


def test_it_is_the_derivative_where_there_is_none():
    x = points(20)
    for apart in (0.0, 1e-16, 1e-14, 1e-11):
        np.testing.assert_allclose(secant(torch.tanh, x, x + apart), 1 - torch.tanh(x) ** 2, rtol=1e-9)


def test_close_numbers_near_a_pole_keep_their_quotient():
    x, x0 = torch.tensor([1e-10, 1e-12]).double(), torch.tensor([2e-10, 1e-13]).double()
    np.testing.assert_allclose(secant(torch.log, x, x0), (x.log() - x0.log()) / (x - x0), rtol=1e-9)
    np.testing.assert_allclose(secant(torch.sqrt, x, x0), (x.sqrt() - x0.sqrt()) / (x - x0), rtol=1e-9)


def test_it_is_never_infinite():
    x = torch.tensor([0.0, -torch.inf, torch.inf]).double()
    assert secant(torch.sqrt, x, x).isfinite().all()
    assert not secant(torch.exp, x, x)[1]


def test_half_precision_is_reckoned_in_single():
    x, x0 = points(30, dtype=torch.bfloat16), points(30, seed=2, dtype=torch.bfloat16)
    found = secant(torch.relu, x, x0)
    assert found.dtype == torch.bfloat16
    expected = (torch.relu(x.double()) - torch.relu(x0.double())) / (x.double() - x0.double())
    np.testing.assert_allclose(found.double(), expected, rtol=0.01, atol=1e-3)


def test_the_slopes_of_log_sum_exp_add_up_and_ignore_shifts():
    for size in (1e-8, 1.0, 1e3):
        x, x0 = size * points(4, 7), size * points(4, 7, seed=2)
        slopes, log, log0 = softmax_slopes(x, x0, 1)
        change = x.logsumexp(1) - x0.logsumexp(1)
        np.testing.assert_allclose((slopes * (x - x0)).sum(1), change, rtol=1e-11, atol=1e-14)
        np.testing.assert_allclose(softmax_slopes(x + 3, x0 + 3, 1)[0], slopes, rtol=1e-9, atol=1e-300)
        np.testing.assert_allclose(log.exp().sum(1), 1)
        np.testing.assert_allclose(log0.exp().sum(1), 1)


def test_slopes_of_log_sum_exp_are_softmax_where_nothing_changes():
    x = points(3, 5)
    np.testing.assert_allclose(softmax_slopes(x, x, 1)[0], torch.softmax(x, 1), rtol=1e-12)


def test_slopes_of_log_sum_exp_are_those_of_its_parts():
    """exp, a sum, and log, each by the rescale rule, with numbers."""
    x, x0 = points(6).numpy(), points(6, seed=2).numpy()
    total, total0 = np.exp(x).sum(), np.exp(x0).sum()
    expected = (np.exp(x) - np.exp(x0)) / (x - x0) * (np.log(total) - np.log(total0)) / (total - total0)
    np.testing.assert_allclose(softmax_slopes(torch.from_numpy(x), torch.from_numpy(x0), 0)[0], expected, rtol=1e-11)
