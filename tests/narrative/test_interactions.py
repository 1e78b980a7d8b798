"""Interactions in words."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.core.errors import InputError
from pellucid.core.interactions import Interactions
from pellucid.narrative.interactions import describe

PAIRS = [[0, 1], [0, 2]]


@pytest.fixture
def found(make):
    """A function that makes interactions of three inputs and two pairs, (rows, pairs) and (rows, inputs)."""

    def interactions(values, main):
        receipt = make(main).receipt
        values, main = (np.asarray(part, dtype=float)[..., np.newaxis] for part in (values, main))
        base = np.full((len(main), 1), -1.0)
        return Interactions(receipt, np.array(PAIRS), values, main, base, ("x0", "x1", "x2"))

    return interactions


ONE = ([[0.5, -0.25]], [[1.0, 0.5, 0.0]])
TWO = ([[0.5, -0.1], [-1.5, 0.1]], [[1.0, 0.5, 0.0], [3.0, -0.5, 0.0]])


def test_one_row_says_what_is_done_alone_and_together(found):
    assert describe(found(*ONE)) == (
        "The model says 0.75 log-odds for “fraud”; the base is −1.00. What inputs do alone adds +1.50, what they do "
        "together +0.25. Together most: x0 × x1 (+0.50) and x0 × x2 (−0.25)."
    )


def test_many_rows_say_how_much_is_done_together(found):
    assert describe(found(*TWO), top=1) == (
        "Over 2 rows, 31% of what inputs do for “fraud” they do together. Most of all x0 × x1: together they move the "
        "log-odds by 1.0 on average, 28% of everything. Next come x0 × x2 (0.10, 2.8%)."
    )


def test_a_modeller_reads_errors_and_the_method(found):
    text = describe(found(*TWO), depth="modeller")
    assert "by 1.0 ± 0.5 on average" in text
    assert "± is one standard error. The method is ByHand." in text


def test_a_person_reads_names_alone(found):
    assert describe(found(*TWO), depth="person") == "What acts together most for “fraud”: x0 × x1 and x0 × x2."
    assert describe(found(*ONE), depth="person") == "What counts together most in this case: x0 × x1 and x0 × x2."


def test_chinese_reads_naturally(found):
    labels = {"x0": "年龄", "x1": "收入"}
    assert describe(found(*TWO), language="zh", top=1, labels=labels) == (
        "在 2 行数据中，各输入对“fraud”结果的作用有 31% 来自共同作用。最强的是年龄 × 收入：共同使对数几率平均变动 1.0，"
        "占全部作用的 28%。其次是年龄 × x2（0.10，占 2.8%）。"
    )
    assert describe(found(*ONE), language="zh", depth="person", labels=labels) == (
        "本例中共同作用最强的是年龄 × 收入和年龄 × x2。"
    )


def test_inputs_that_do_nothing_together_are_told(found):
    nothing = found([[0.0, 0.0]], [[1.0, 0.5, 0.0]])
    assert describe(nothing).endswith("No inputs act together.")
    assert describe(nothing, depth="person") == "No inputs act together."


def test_no_rows_are_refused(found):
    with pytest.raises(InputError, match="no rows were chosen of 2"):
        describe(found(*TWO), rows=slice(0, 0))
