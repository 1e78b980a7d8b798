"""Names of many categories stand apart, and every one is there."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from pellucid.core.effect_axis import Axis
from pellucid.effects import ALE, ICE, DecisionRegions, FeaturePairRanking, PartialDependence, TargetPlot
from pellucid.plots.levels import level_names, turned

ENGLISH = [f"{a} {b} department" for a in ("northern", "southern", "eastern", "western") for b in "abcdefghij"]
CHINESE = [f"{a}{b}第二分公司营业部" for a in ("北京", "上海", "广州", "深圳") for b in "一二三四五六七八九十"]
RNG = np.random.default_rng(0)
N = 400
FRAME = pd.DataFrame(
    {
        "age": RNG.normal(40, 10, N),
        "department of first admission": RNG.permutation(ENGLISH * 10),
        "营业部": RNG.permutation(CHINESE * 10),
        "bmi": RNG.normal(25, 4, N),
    }
)
WORTH = {name: value for name, value in zip(ENGLISH + CHINESE, RNG.normal(size=80), strict=True)}  # noqa: C416


def model(rows):
    return rows["department of first admission"].map(WORTH).to_numpy() + rows["营业部"].map(WORTH).to_numpy()


DRAWN = {
    "PartialDependence": lambda: PartialDependence(model, FRAME[:250], grid=5).explain().plot(),
    "ICE": lambda: ICE(model, FRAME).explain(FRAME[:20], features=["营业部"]).plot(),
    "ALE": lambda: ALE(model, FRAME, resamples=0).explain(["bmi", "营业部", "age"]).plot(),
    "TargetPlot": lambda: TargetPlot(FRAME, model(FRAME)).explain().plot(),
    "TargetPlot of a pair": lambda: TargetPlot(FRAME, model(FRAME)).explain((list(FRAME)[1], "营业部")).plot(),
    "a surface": lambda: PartialDependence(model, FRAME[:40], grid=4).explain((list(FRAME)[1], "age")).plot(),
    "DecisionRegions": lambda: DecisionRegions(model, FRAME).explain((list(FRAME)[1], "营业部")).plot(),
    "FeaturePairRanking": lambda: (
        FeaturePairRanking(pd.DataFrame(RNG.normal(size=(30, 40)), columns=ENGLISH[:20] + CHINESE[:20]))
        .explain()
        .plot()
    ),
}


def boxes(labels, renderer):
    return [label.get_window_extent(renderer) for label in labels if label.get_text() and label.get_visible()]


@pytest.mark.parametrize("drawn", DRAWN)
def test_every_name_is_there_and_no_two_touch(drawn):
    ax = DRAWN[drawn]()
    figure = ax.get_figure(root=True)
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    everything = []
    for panel in [ax, *ax.child_axes]:
        across, up = (boxes(axis.get_ticklabels(), renderer) for axis in (panel.xaxis, panel.yaxis))
        assert all(one.x1 <= two.x0 + 1 for one, two in pairwise(across))
        assert all(one.y1 <= two.y0 + 1 or two.y1 <= one.y0 + 1 for one, two in pairwise(up))
        everything += [label.get_text() for label in panel.get_xticklabels() + panel.get_yticklabels()]
        if panel.axison and panel.get_xlabel():
            below = panel.xaxis.label.get_window_extent(renderer)
            others = [other for other in ax.child_axes if other is not panel and other.axison]
            assert not any(below.overlaps(other.get_window_extent(renderer)) for other in others)
    assert sum("…" in text for text in everything) >= (38 if drawn != "a surface" else 25)
    pyplot.close(figure)


def test_names_are_turned_only_where_they_must_be():
    assert turned(["a", "b"], 40) == 0
    assert turned(["a long name", "another one"], 40) == 35
    assert turned(ENGLISH, 12) == 90


def test_places_are_named_in_their_order():
    axis = Axis("town", "levels", np.array(["x", True], dtype=object), True, np.array([0.4, 0.2, 0.3, 0.1]), 1_200)
    assert level_names(axis) == ["x", "True", "1,200 others", "missing"]
    assert axis.find(["x", None, "rare"]).tolist() == [0, 3, -1]
