"""Links against their formulas, also where numbers are very large."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.core.links import Exponential, Logistic, Probability, Scaled, SignedSquare, Softmax

RAW = np.array([[-800.0], [-3.0], [0.0], [0.5], [800.0]])
LOGITS = np.array([[1.0, -2.0, 0.5], [900.0, 0.0, -900.0]])


def test_links_are_their_formulas():
    np.testing.assert_allclose(Logistic(2.0)(RAW[1:4]), 1 / (1 + np.exp(-2 * RAW[1:4])), rtol=1e-15)
    np.testing.assert_allclose(Softmax(0.5)(LOGITS[:1]), np.exp(LOGITS[:1] / 2) / np.exp(LOGITS[:1] / 2).sum())
    np.testing.assert_allclose(Exponential(-0.3)(RAW[1:4]), np.exp(-0.3 * RAW[1:4]))
    np.testing.assert_allclose(SignedSquare(0.5)(RAW[1:4]), np.sign(RAW[1:4]) * (RAW[1:4] / 2) ** 2)
    np.testing.assert_array_equal(Scaled(0.25)(RAW), RAW / 4)
    np.testing.assert_array_equal(Probability()(RAW), RAW)


def test_large_scores_give_probabilities_of_zero_and_one():
    assert Logistic()(RAW).ravel()[[0, -1]].tolist() == [0.0, 1.0]
    assert Softmax()(LOGITS)[1].tolist() == [1.0, 0.0, 0.0]


def test_log_loss_is_minus_the_logarithm_of_the_labels_probability():
    labels = np.array([1, 0, 1, 0, 1])
    chance = Logistic()(RAW)[1:4, 0]
    expected = -np.log(np.where(labels[1:4] == 1, chance, 1 - chance))
    np.testing.assert_allclose(Logistic().log_loss(RAW, labels)[1:4], expected)
    np.testing.assert_allclose(Softmax().log_loss(LOGITS[:1], np.array([2])), -np.log(Softmax()(LOGITS[:1])[:, 2]))
    np.testing.assert_allclose(Probability().log_loss(np.array([[0.25, 0.75]]), np.array([1])), -np.log([0.75]))


def test_log_loss_is_not_rounded_away():
    assert Logistic().log_loss(RAW, np.array([1, 1, 1, 1, 0]))[[0, 4]].tolist() == [800.0, 800.0]
    assert Softmax().log_loss(LOGITS, np.array([0, 2]))[1] == pytest.approx(1800.0)
    assert Logistic().log_loss(np.array([[40.0]]), np.array([1]))[0] == pytest.approx(np.exp(-40), rel=1e-12)
    assert Probability().log_loss(np.array([[1.0, 0.0]]), np.array([1]))[0] == pytest.approx(36.04, abs=0.01)
