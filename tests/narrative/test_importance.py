"""Importances in words."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.core.errors import ParameterError
from pellucid.core.importance import Importance
from pellucid.narrative.importance import describe

VALUES = [[4.0, -1.5, 0.5, 0.0], [2.0, 0.5, -0.5, 0.0]]


def test_the_leading_input_has_its_amount_and_share(make):
    importance = make(VALUES, unit="target", targets=("target",)).importance()
    assert describe(importance, top=1) == (
        "x0 matters most: 3, 67% of the total. Next come x1 (1.0, 22%). "
        "The first 2 of 4 inputs make up 89% of the total."
    )


def test_a_modeller_reads_errors_and_the_method(make):
    text = describe(make(VALUES).importance(), depth="modeller")
    assert "x0 matters most for “fraud”: 3 ± 1 log-odds" in text
    assert "Measured over 2 rows; ± is one standard error. The method is ByHand." in text


def test_a_person_reads_names_alone(make):
    text = describe(make(VALUES).importance(), depth="person")
    assert text == "What matters most for “fraud” is x0. Next come x1 and x2."


def test_chinese_reads_naturally(make):
    text = describe(make(VALUES).importance(), language="zh", top=1, labels={"x0": "年龄"})
    assert text == (
        "对“fraud”结果影响最大的是年龄：3（对数几率），占总量的 67%。其次是 x1（1.0，占 22%）。"
        "共 4 项输入，前 2 项合计占 89%。"
    )


def test_nothing_matters_when_all_is_zero(make):
    assert describe(make([[0.0], [0.0]]).importance()) == "No input matters for “fraud”."


def test_an_unknown_target_is_refused(make):
    with pytest.raises(ParameterError, match="there is no target 'theft'; this importance has 'fraud'"):
        describe(make(VALUES).importance(), target="theft")


def test_weights_are_named_with_their_signs_and_without_shares(make):
    receipt = make([[[0.0]]], names=["x"], targets=("spam",), unit="log-odds per unit").receipt
    values, errors = np.array([[0.5], [-2.0], [0.0]]), np.array([[0.1], [np.nan], [np.nan]])
    weights = Importance(receipt, values, errors, ("a", "b", "c"))
    assert weights.describe() == (
        "The largest of 3 weights for “spam”, in log-odds per unit: b (−2.00) and a (+0.500). "
        "Weights of inputs in different units cannot be compared."
    )
    assert "a (+0.500 ± 0.1)" in weights.describe(depth="modeller")
    assert "最大的是 b（−2.00）和 a（+0.500）。" in weights.describe(language="zh")
