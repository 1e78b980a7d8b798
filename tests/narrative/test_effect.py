"""Effects in words."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_axis import Axis, levels
from pellucid.core.errors import ParameterError
from pellucid.core.receipt import Completeness, Receipt
from pellucid.narrative.effect import describe

AGE = Axis("age", "steps", np.array([30.0, 50.0]), True, np.array([0.3, 0.4, 0.2, 0.1]))
SHOP = Axis("shop", "levels", levels(["north", "south"]), False, np.array([0.5, 0.5]))
YEAR = Axis("year", "points", np.array([2000.0, 2010.0, 2020.0]), False, np.ones(3) / 3)


def make(*curves, targets=("price",), unit="target"):
    receipt = Receipt(
        method="ByHand",
        settings={},
        model="test.Model",
        model_fingerprint="f" * 64,
        target={"names": list(targets), "outputs": len(targets), "mix": np.eye(len(targets)).tolist()},
        unit=unit,
        rows=200,
        data_fingerprint="d" * 64,
        completeness=Completeness("checked", 1e-12, 1e-9, 1000),
    )
    return Effect(receipt, curves)


RISING = Curve((AGE,), np.array([[100.0], [140.0], [180.0], [90.0]]))
WAVY = Curve((YEAR,), np.array([[3.0], [1.0], [3.0]]))
SHOPS = Curve((SHOP,), np.array([[10.0], [30.0]]))


def test_the_feature_that_moves_most_is_named_with_its_ends():
    assert describe(make(RISING, WAVY, SHOPS), top=1) == (
        "Averaged over 200 rows, age moves the prediction for “price” most: lowest where it is missing (90.0), highest "
        "at values above 50 (180.0); higher values raise it. Next come shop (10.0 to 30.0)."
    )


def test_one_curve_alone_is_compared_with_nothing():
    assert describe(make(WAVY)) == (
        "Averaged over 200 rows, year moves the prediction for “price”: lowest at 2010 (1.00), highest at 2000 (3.00); "
        "in no single direction."
    )
    assert describe(make(SHOPS), labels={"shop": "the shop", "shop=south": "Southtown"}).endswith(
        "lowest for “north” (10.0), highest for “Southtown” (30.0)."
    )


def test_a_pair_is_named_together():
    pair = Curve((AGE, SHOP), np.array([[1.0, 2.0], [1.0, 5.0], [1.0, 0.0], [2.0, 2.0]])[..., np.newaxis])
    assert describe(make(pair)) == (
        "Averaged over 200 rows, age together with shop moves the prediction for “price”: lowest at values above 50 "
        "and for “south” (0.00), highest between 30 and 50 and for “south” (5.00)."
    )


def test_a_person_reads_names_alone_and_a_modeller_what_was_checked():
    effect = make(RISING, SHOPS)
    assert describe(effect, depth="person") == (
        "On average, what the model's result for “price” goes with most is age (more raises it). Next come shop."
    )
    text = describe(effect, depth="modeller")
    assert "The method is ByHand. Compared with the model's own predictions 1,000 times" in text
    assert "1.0 × 10⁻¹²" in text


def test_chinese_reads_naturally():
    assert describe(make(RISING, SHOPS), language="zh", labels={"age": "年龄", "shop": "门店"}) == (
        "对 200 行数据取平均，对“price”使预测值变动最大的是年龄：缺失时最低（90.0），大于 50 时最高（180.0），"
        "取值越大结果越高。其次是门店（10.0 至 30.0）。"
    )


def test_each_target_has_a_paragraph_but_mirrored_probabilities_one():
    two = Curve((SHOP,), np.array([[0.2, 0.8], [0.5, 0.5]]))
    assert describe(make(two, targets=("a", "b"))).count("\n\n") == 1
    once = describe(make(two, targets=("no", "yes"), unit="probability"))
    assert "“yes”" in once
    assert "“no”" not in once


def test_nothing_moves_when_all_is_flat():
    flat = Curve((SHOP,), np.ones((2, 1)))
    assert describe(make(flat)) == "Averaged over 200 rows, no feature moves the prediction for “price”."


def test_an_unknown_target_is_refused():
    with pytest.raises(ParameterError, match="no target 'rent'"):
        describe(make(RISING), target="rent")
