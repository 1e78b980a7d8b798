"""Functions of JAX arrays: differentiated by JAX, explained by every method that needs no layers."""

from __future__ import annotations

import re
from pathlib import Path

import jax
import numpy as np
import pytest
from jax import numpy as jnp

from pellucid.attribution import LRP, GradCAM, IntegratedGradients, KernelSHAP, Saliency, SmoothGrad
from pellucid.core.errors import ArgumentTypeError, InputError, ModelFailedError, ParameterError, UnsupportedModelError
from pellucid.models import as_model
from pellucid.models.jax import JaxFunction

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(6, 5)).astype(np.float32)
W, B, V = RNG.normal(size=(7, 5)), RNG.normal(size=7), RNG.normal(size=(3, 7))


def hidden(x):
    return np.tanh(x @ W.T + B)


def gradient(x, output):
    """(rows, inputs) of V tanh(W x + b), by hand."""
    return ((1 - hidden(x) ** 2) * V[output]) @ W


def signed(net):
    return Saliency(net, absolute=False)


@jax.jit
def network(x):
    return jnp.tanh(x @ W.T + B) @ V.T


@pytest.fixture
def net():
    return JaxFunction(network)


def test_the_model_answers_as_the_function_does(net):
    model = as_model(net, rows=ROWS)
    np.testing.assert_allclose(model.predict(model.inputs(ROWS)), hidden(ROWS) @ V.T, rtol=1e-4, atol=1e-5)
    assert model.kind == "jax network"
    assert model.output_names == ("output 0", "output 1", "output 2")


@pytest.mark.parametrize("given", [np.asarray, jnp.asarray])
def test_gradients_are_the_derivative_written_by_hand(net, given):
    found = signed(net).explain(given(ROWS)).values[..., 0]
    predicted = (hidden(ROWS) @ V.T).argmax(1)
    expected = np.stack([gradient(row[None], k)[0] for row, k in zip(ROWS, predicted, strict=True)])
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_every_target_is_explained(net):
    listed = signed(net).explain(ROWS, [0, 2]).values
    np.testing.assert_allclose(listed[..., 1], gradient(ROWS, 2), rtol=1e-3, atol=1e-4)
    contrast = signed(net).explain(ROWS, (0, 2)).values[..., 0]
    np.testing.assert_allclose(contrast, gradient(ROWS, 0) - gradient(ROWS, 2), rtol=1e-3, atol=1e-4)
    squared = signed(net).explain(ROWS, lambda outputs: outputs[:, 1] ** 2).values[..., 0]
    said = hidden(ROWS) @ V[1]
    np.testing.assert_allclose(squared, 2 * said[:, None] * gradient(ROWS, 1), rtol=1e-3, atol=1e-3)


def test_integrated_gradients_are_the_mean_slope_along_the_line(net):
    found = IntegratedGradients(net, tolerance=1e-4).explain(ROWS, 1)
    steps = (np.arange(2000) + 0.5) / 2000
    slopes = np.mean([gradient(step * ROWS, 1) for step in steps], axis=0)
    np.testing.assert_allclose(found.values[..., 0], ROWS * slopes, atol=1e-3)
    assert found.receipt.completeness.kind == "checked"


def test_smooth_grad_is_the_mean_slope_of_noisy_rows(net):
    found = SmoothGrad(net, noise=1e-4, draws=4).explain(ROWS, 1).values[..., 0]
    np.testing.assert_allclose(found, gradient(ROWS, 1), atol=1e-2)


def test_rows_and_batches_change_nothing(net):
    together = Saliency(net).explain(ROWS, 1).values
    np.testing.assert_allclose(Saliency(net, batch_size=2).explain(ROWS, 1).values, together, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(Saliency(net).explain(ROWS[3:4], 1).values, together[3:4], rtol=1e-4, atol=1e-5)


def test_several_inputs_come_by_position_and_by_name():
    two = JaxFunction(lambda left, right: (left**2).sum(1) * right[:, 0])
    left, right = ROWS, np.arange(6)[:, None]
    by_position = signed(two).explain((left, right))
    by_name = signed(two).explain({"right": right, "left": left})
    np.testing.assert_allclose(by_position.values[..., 0], 2 * left * right, rtol=1e-5)
    np.testing.assert_array_equal(by_name.values, by_position.values)


def test_a_method_that_only_asks_takes_a_function(net):
    assert KernelSHAP(net, ROWS[:3]).explain(ROWS).values.shape == (6, 5, 3)


@pytest.mark.parametrize(
    ("explain", "error", "message"),
    [
        (lambda net: Saliency(net).explain(ROWS, 3), ParameterError, "there is no output 3; this model has 3"),
        (lambda net: Saliency(net).explain(ROWS, 0, tap="1"), UnsupportedModelError, "has no layers that can be read"),
        (lambda net: GradCAM(net).explain(ROWS[:, :, None], 0), UnsupportedModelError, "has no layers that can be"),
        (lambda net: LRP(net).explain(ROWS, 0), UnsupportedModelError, "rules of propagation are applied to torch"),
        (lambda net: Saliency(net).explain(["a text"], 0), InputError, "rows are texts"),
        (lambda net: Saliency(net).explain((ROWS.astype(int),), 0), InputError, "whole numbers have no gradient"),
        (lambda _: as_model(JaxFunction(network)), ArgumentTypeError, "how many outputs network has"),
        (lambda _: Saliency(JaxFunction(network)).explain(ROWS[:, :2]), ModelFailedError, "network raised TypeError"),
        (
            lambda _: Saliency(JaxFunction(lambda x: jnp.sqrt(x).sum(1))).explain(0 * ROWS),
            ModelFailedError,
            "answers with finite numbers, but a gradient is not finite",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence(explain, error, message):
    with pytest.raises(error) as caught:
        explain(as_model(JaxFunction(network), output_names=["a", "b", "c"]))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_page_of_jax_runs():
    page = Path(__file__).parents[2] / "docs" / "models" / "jax.md"
    (code,) = re.findall(r"```py\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(code, str(page), "exec"), {})
