"""How good decisions are, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_axis import Axis
from pellucid.core.errors import ParameterError
from pellucid.core.key_figure import KeyFigure


def make_effect(make, drawn, curve, targets, figures, **receipt):
    made = make(np.zeros((400, 1, len(targets))), targets=targets, **receipt).receipt
    return Effect(replace(made, target={**made.target, "of": "fraud"}), (curve,), drawn, figures)


@pytest.fixture
def threshold(make):
    axis = Axis("threshold", "points", np.array([0.0, 0.5, 1.0]), False, np.ones(3) / 3)
    values = np.array([[0.2, 1.0, 0.3333, 0.8], [0.6, 0.75, 0.6667, 0.389], [1.0, 0.0, 0.0, 2.0]])
    best = (
        KeyFigure("best threshold for f1", 0.5, 0.25, 0.7514, "threshold"),
        KeyFigure("best threshold for cost", 0.5, 0.5, 0.5, "threshold"),
    )
    return make_effect(
        make, "discrimination_threshold", Curve((axis,), values), ("precision", "recall", "f1", "cost"), best
    )


@pytest.fixture
def calibration(make):
    axis = Axis("probability of fraud", "points", np.array([0.1, 0.76]), False, np.array([0.5, 0.5]))
    figures = (KeyFigure("Brier score of fraud", 0.0682), KeyFigure("expected calibration error of fraud", 0.0454))
    curve = Curve((axis,), np.array([[0.12], [0.915]]))
    return make_effect(make, "calibration", curve, ("observed frequency",), figures)


def ranked(make, drawn, values, band):
    axis = Axis("share of rows asked", "points", np.array([0.1, 0.2, 1.0]), False, np.ones(3) / 3)
    ends = [np.array(values)[:, np.newaxis] + end for end in band]
    curve = Curve((axis,), np.array(values)[:, np.newaxis], None, *ends)
    return make_effect(make, drawn, curve, ("fraud",), (KeyFigure("accuracy ratio of fraud", 0.7311),))


def test_the_best_thresholds_are_named_with_what_they_bring(threshold):
    said = (
        "Judged on 400 rows, decisions about “fraud” have {} at a threshold of 0.5 (in single trials mostly between "
        "{}): precision 60%, recall 75%, F1 0.667 and a cost of 0.389 a row."
    )
    both = [said.format("the best F1", "0.25 and 0.751"), said.format("the lowest cost", "0.5 and 0.5")]
    assert threshold.describe() == " ".join(both)
    assert threshold.describe(depth="person") == both[1]
    assert threshold.describe(depth="modeller").endswith("The method is ByHand.")
    assert threshold.describe(language="zh", labels={"fraud": "欺诈"}, depth="person") == (
        "用 400 行数据评判，关于“欺诈”的决策在阈值为 0.5 时成本最低（单次试验多在 0.5 至 0.5 之间）："
        "精确率 60%、召回率 75%、F1 0.667 和每行成本 0.389。"
    )


def test_one_score_alone_is_told_at_its_best_or_in_the_middle(threshold):
    assert threshold.describe(target="f1").endswith("(in single trials mostly between 0.25 and 0.751): F1 0.667.")
    assert threshold.describe(target="recall") == (
        "Judged on 400 rows, decisions about “fraud” at a threshold of 0.5 have recall 75%."
    )
    with pytest.raises(ParameterError, match="there is no target 'horse'"):
        threshold.describe(target="horse")


def test_calibration_is_told_by_the_bin_farthest_off(calibration):
    first = (
        "Over 400 rows in 2 bins, the model is farthest off where it gives “fraud” a probability of about 76%: it "
        "occurred in 91.5% of those cases."
    )
    assert calibration.describe(depth="person") == first
    assert calibration.describe() == (
        f"{first} On average a bin is 0.0454 off (expected calibration error), and the Brier score is 0.0682; both are "
        "0 at best."
    )
    assert calibration.describe(language="zh", depth="person") == (
        "将 400 行数据分为 2 组，模型偏差最大之处是认为“fraud”的概率约为 76% 时：实际发生的比例为 91.5%。"
    )


def test_gain_and_lift_are_told_at_a_fifth_of_the_rows(make):
    gain, lift = (
        ranked(make, "cumulative_gain", [0.4, 0.63, 1.0], (-0.05, 0.09)),
        ranked(make, "lift", [4, 3.15, 1], (-0.25, 0.45)),
    )
    ratio = " The accuracy ratio is 0.731: 0 of a random order, 1 of a perfect one."
    assert gain.describe() == (
        "The 20% of 400 rows with the highest scores hold 63% (58% to 72%) of all “fraud”; in random order they would "
        "hold 20%." + ratio
    )
    assert lift.describe() == (
        "Among the 20% of 400 rows with the highest scores, “fraud” is 3.15 (2.9 to 3.6) times as frequent as among "
        "all." + ratio
    )
    assert lift.describe(language="zh", depth="person") == (
        "在 400 行数据中得分最高的 20% 里，“fraud”的出现频率是总体的 3.15（2.9 至 3.6）倍。"
    )
