"""Probabilities and amounts behind a model's own unit."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from pellucid.narrative.readings import reading


def test_log_odds_are_read_as_a_probability(make):
    found = reading(make([[1.0, 0.5]], base=-2.0))
    assert found.kind == "chance"
    assert found.result[0, 0] == pytest.approx(1 / (1 + math.exp(0.5)), rel=1e-12)
    assert found.base[0, 0] == pytest.approx(1 / (1 + math.exp(2.0)), rel=1e-12)


def test_large_log_odds_do_not_overflow(make):
    assert reading(make([[-2000.0]])).result[0, 0] == 0
    assert reading(make([[2000.0]])).result[0, 0] == 1


def test_logits_of_all_classes_are_read_together(make):
    values = np.array([[[1.0, 2.0, -1.0]]])
    found = reading(make(values, unit="logit", targets=("a", "b", "c")))
    total = sum(math.exp(x) for x in (1.0, 2.0, -1.0))
    np.testing.assert_allclose(found.result[0], [math.exp(x) / total for x in (1.0, 2.0, -1.0)], rtol=1e-12)


def test_one_logit_of_several_is_not_read(make):
    explanation = make(np.ones((1, 1, 3)), unit="logit", targets=("a", "b", "c"))
    assert reading(explanation.target("b")) is None


def test_a_log_is_read_as_an_amount(make):
    found = reading(make([[math.log(3)]], unit="log(target)", targets=("target",)))
    assert found.kind == "amount"
    assert found.result[0, 0] == pytest.approx(3)


def test_a_contrast_a_missing_base_and_a_strange_unit_are_not_read(make):
    explanation = make([[1.0]])
    contrast = replace(explanation.receipt, target={"names": ["a − b"], "outputs": 2, "mix": [[1.0], [-1.0]]})
    assert reading(replace(explanation, receipt=contrast)) is None
    assert reading(make([[1.0]], base=None)) is None
    assert reading(make([[1.0]], unit="score")) is None
