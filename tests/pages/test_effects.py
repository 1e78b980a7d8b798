"""Effects on the page: said, drawn and told in numbers, in both languages."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

import pellucid
from pellucid.core.errors import ArgumentTypeError, ParameterError
from pellucid.effects import ALE, ICE, PartialDependence
from pellucid.pages.report import build_report
from pellucid.performance import Calibration


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"age": rng.integers(18, 80, 300).astype(float), "shop <b>": rng.choice(["north", "south"], 300)})
    X.loc[:9, "age"] = np.nan
    X["shop <b>"] = X["shop <b>"].astype("category")
    y = (np.nan_to_num(X["age"]) > 50) ^ (X["shop <b>"] == "north")
    return X, y, HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype").fit(X, y)


@pytest.fixture(scope="module")
def explanation(data):
    X, _, model = data
    return pellucid.explain(model, X[:20])


def test_each_effect_has_a_sentence_a_figure_and_its_numbers(data, explanation):
    X, y, model = data
    effects = [
        ALE(model, X).explain(),
        PartialDependence(model, X).explain(("age", "shop <b>")),
        Calibration(model, X, y).explain(),
    ]
    plain, page = build_report(explanation), build_report(explanation, effects=effects)
    assert "How the prediction moves" not in plain
    assert page.count("<figure") == plain.count("<figure") + 3
    for effect in effects:
        assert effect.describe().split(",")[0].replace("<", "&lt;").replace(">", "&gt;") in page
    captions = re.findall(r"</b> ([^<]*), over 300 rows\.</figcaption>", page)
    assert captions == ["ALE", "PartialDependence", "Calibration"], "in the order given"
    for heading in ("Share of rows", "Band from", "Up to"):
        assert f">{heading}</th>" in page
    assert "shop <b>" not in page
    assert build_report(explanation, effects=effects) == page


def test_labels_and_chinese_reach_the_effects(data, explanation):
    X, _, model = data
    effect = ALE(model, X).explain()
    page = build_report(explanation, effects=[effect], language="zh", labels={"age": {"zh": "年龄", "en": "age"}})
    start = page.index("预测如何随输入变化</h2>")
    section = page[start : page.index("</section>", start)]
    assert "年龄" in section
    assert "age" not in section.replace("average", "").replace("image", "")


def test_what_has_no_place_there_is_refused(data, explanation):
    X, _, model = data
    with pytest.raises(ArgumentTypeError, match="effects must be a list"):
        build_report(explanation, effects=ALE(model, X).explain())
    with pytest.raises(ParameterError, match="effects of single rows"):
        build_report(explanation, effects=[ICE(model, X).explain(X[:3])])


def test_performance_has_a_section_of_its_own_before_the_curves(data, explanation):
    X, y, model = data
    found, curves = [Calibration(model, X, y).explain()], [ALE(model, X).explain()]
    page = build_report(explanation, performance=found, effects=curves)
    assert (
        page.index("How good its decisions are") < page.index("How the prediction moves") < page.index("The receipt<")
    )
    assert "判断有多可靠" in build_report(explanation, performance=found, language="zh")
    with pytest.raises(
        ArgumentTypeError, match=r"performance must be a list .* performance=\[Calibration\(model, X, y\)"
    ):
        build_report(explanation, performance=found[0])


def test_curves_over_many_categories_have_room_on_the_page(explanation):
    X = pd.DataFrame({"town": [f"town of number {k:02d}" for k in range(40)] * 2, "age": np.arange(80.0)})
    effect = ALE(lambda rows: rows["age"].to_numpy(), X, resamples=0).explain()
    page = build_report(explanation, effects=[effect])
    assert all(page.count(f">town of number {k:02d}<") == 2 for k in range(40))
