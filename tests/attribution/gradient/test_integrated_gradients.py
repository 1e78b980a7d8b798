"""Integrated gradients: the integral itself, to the gap that was asked for, each row by itself."""

from __future__ import annotations

import captum.attr
import numpy as np
import pytest
import torch
from tests.attribution.gradient.nets import PREDICTED, ROWS, TANH, Function
from torch import nn

from pellucid.attribution import IntegratedGradients
from pellucid.attribution.gradient.nested_path import fejer
from pellucid.core.errors import ParameterError
from pellucid.models import as_model


def slowly(rows, baseline, outputs, steps=4_000):
    """The integral by the midpoint rule, a row and a step at a time."""
    values = np.zeros_like(rows)
    for i, (row, output) in enumerate(zip(rows, outputs, strict=True)):
        way = row - baseline
        slopes = [TANH.gradient((baseline + (k + 0.5) / steps * way)[np.newaxis], output)[0] for k in range(steps)]
        values[i] = way * np.mean(slopes, axis=0)
    return values


@pytest.mark.parametrize("baseline", [np.zeros(5), np.array([1.0, -2.0, 0.5, 0.0, 3.0])])
def test_values_are_the_integral(baseline):
    found = IntegratedGradients(TANH.module, baseline, tolerance=1e-8).explain(ROWS)
    np.testing.assert_allclose(found.values[..., 0], slowly(ROWS, baseline, PREDICTED), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(found.base[:, 0], TANH(baseline)[PREDICTED])
    np.testing.assert_allclose(found.predictions[:, 0], TANH(ROWS)[np.arange(6), PREDICTED], rtol=1e-7)


def test_the_product_of_two_inputs_is_shared_evenly():
    found = IntegratedGradients(Function(lambda x: x[:, 0] * x[:, 1])).explain(ROWS)
    half = ROWS[:, 0] * ROWS[:, 1] / 2
    np.testing.assert_allclose(found.values[:, :, 0], np.stack([half, half, 0 * half, 0 * half, 0 * half], axis=1))


def test_two_networks_that_compute_the_same_have_the_same_values():
    net = TANH.module
    twice = Function(lambda x: net(2 * (x / 2) + 1 - 1) * 3 / 3)
    found = [IntegratedGradients(model, tolerance=1e-6).explain(ROWS, 0).values for model in (net, twice)]
    np.testing.assert_allclose(*found, rtol=1e-9)


def test_inputs_that_play_the_same_part_get_the_same():
    found = IntegratedGradients(Function(lambda x: torch.tanh(x[:, 0] + x[:, 1]) * x[:, 2])).explain(
        np.column_stack([ROWS[:, 0], ROWS[:, 0], ROWS[:, 2]])
    )
    np.testing.assert_allclose(found.values[:, 0], found.values[:, 1], rtol=1e-12)


@pytest.mark.parametrize("tolerance", [0.1, 1e-3, 1e-6])
def test_every_row_comes_as_close_as_was_asked(tolerance):
    found = IntegratedGradients(TANH.module, tolerance=tolerance).explain(ROWS)
    said, base = TANH(ROWS)[np.arange(6), PREDICTED], found.base[:, 0]
    allowed = tolerance * np.maximum(np.abs(said - base), 1e-3 * np.maximum(np.abs(said), np.abs(base)))
    assert (np.abs(found.predictions[:, 0] - said) <= allowed * (1 + 1e-9)).all()
    assert found.receipt.completeness.kind == "checked"
    assert found.receipt.completeness.gap <= found.receipt.completeness.tolerance


def test_rows_that_do_not_come_so_close_are_named():
    steps = Function(lambda x: torch.relu(x[:, 0] - 0.3721) * 50)
    rows = np.array([[0.1], [1.0], [0.2]])
    found = IntegratedGradients(steps, tolerance=1e-6, most=15).explain(rows)
    assert found.receipt.completeness.kind == "not promised"
    assert "rows 1 did not come as close as they were to; row 1 is off by" in found.receipt.completeness.reason


def test_rows_stop_each_by_itself_and_easy_ones_take_fewer_gradients():
    bent = Function(lambda x: torch.where(x[:, 0] > 0, torch.relu(x[:, 0] - 0.61803), x[:, 0]))
    rows = np.array([[-1.0], [1.0]])
    found = IntegratedGradients(bent, tolerance=1e-3).explain(rows)
    assert found.receipt.notes[0].startswith("3 to ")
    alone = [IntegratedGradients(bent, tolerance=1e-3).explain(rows[[i]]) for i in range(2)]
    assert found.receipt.evaluations == sum(one.receipt.evaluations for one in alone)
    np.testing.assert_array_equal(found.values, np.concatenate([one.values for one in alone]))


def test_a_fixed_number_of_steps_is_gauss_and_legendre():
    found = IntegratedGradients(TANH.module, steps=7).explain(ROWS, 1)
    peer = captum.attr.IntegratedGradients(TANH.module)
    expected = peer.attribute(torch.from_numpy(ROWS), target=1, n_steps=7, method="gausslegendre")
    # the peer's nodes are in single precision
    np.testing.assert_allclose(found.values[..., 0], expected, rtol=1e-6)
    assert found.receipt.notes == ("7 gradients a row",)


def test_a_linear_function_is_exact_with_any_number_of_steps():
    linear = Function(lambda x: x @ torch.arange(1.0, 6.0, dtype=torch.float64))
    for steps in (None, 1, 4):
        found = IntegratedGradients(linear, steps=steps).explain(ROWS)
        np.testing.assert_allclose(found.values[..., 0], ROWS * np.arange(1, 6), rtol=1e-12)
    # the weights of a peer's trapezoid add up to (n − 1)/n
    peer = captum.attr.IntegratedGradients(linear).attribute(
        torch.from_numpy(ROWS), n_steps=4, method="riemann_trapezoid"
    )
    np.testing.assert_allclose(peer, ROWS * np.arange(1, 6) * 3 / 4)


@pytest.mark.parametrize("nodes", [3, 7, 15, 31])
def test_each_rule_has_the_nodes_of_the_one_before_and_integrates_polynomials(nodes):
    places, weights = fejer(nodes)
    assert (weights > 0).all()
    for power in range(nodes):
        np.testing.assert_allclose(weights @ places**power, 1 / (power + 1), rtol=1e-12)
    np.testing.assert_allclose(fejer(2 * nodes + 1)[0][1::2], places, atol=1e-15)


def test_images_are_compared_with_blurred_ones():
    rows = np.random.default_rng(0).random((2, 1, 10, 12))
    found = IntegratedGradients(Function(lambda x: (x**2).sum((1, 2, 3))), "blur").explain(rows)
    assert (found.base[:, 0] > 0).all()
    assert found.receipt.background == {"absent": "each image blurred"}
    np.testing.assert_allclose(found.predictions[:, 0], (rows**2).sum(axis=(1, 2, 3)))


def test_half_the_gradients_of_the_fixed_number_that_the_worst_row_needs():
    from sklearn.datasets import load_digits

    images, digits = load_digits(return_X_y=True)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).double()
    rows, labels = torch.from_numpy(images / 16), torch.from_numpy(digits)
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(rows[:1000]), labels[:1000]).backward()
        optimizer.step()
    model = as_model(net, rows=rows[:1])
    some = rows[1000:1080]
    found = IntegratedGradients(model, tolerance=1e-3).explain(some)
    assert found.receipt.completeness.kind == "checked"
    taken = found.receipt.evaluations - 2 * len(some)
    fewer = taken // (len(some) // 2)
    missed = IntegratedGradients(model, tolerance=1e-3, steps=fewer).explain(some)
    assert missed.receipt.completeness.kind == "not promised"


@pytest.mark.parametrize(
    ("baseline", "message"),
    [
        ("black", "baseline must be None, a number, an array or 'blur', got 'black'"),
        (np.ones(4), r"baseline: shape \(4,\) fits neither one row \(5,\) nor all \(6, 5\)"),
        ([np.nan] * 5, "baseline must hold finite numbers"),
        ("blur", r"'blur' is for images \(rows, channels, height, width\), got \(6, 5\)"),
    ],
)
def test_a_baseline_that_does_not_fit_is_told(baseline, message):
    with pytest.raises(ParameterError, match=message):
        IntegratedGradients(TANH.module, baseline).explain(ROWS)
