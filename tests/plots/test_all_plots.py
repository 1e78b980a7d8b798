"""What holds for every plot."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from pellucid.core.errors import ArgumentTypeError, ParameterError

KINDS = ("bar", "beeswarm", "waterfall", "scatter", "force", "decision", "heatmap")
SINGLE = ("waterfall", "force")
ROWS = ("bar", "beeswarm", "waterfall", "decision", "heatmap")


def draw(kind, ex, **settings):
    """One row for the plots of one row."""
    plot = getattr(import_module(f"pellucid.plots.{kind}"), kind)
    return plot(ex[0] if kind in SINGLE else ex, **settings)


def texts(ax):
    return " | ".join(text.get_text() for text in ax.findobj(mpl.text.Text))


def svg(ax):
    file = BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "test"}):
        ax.figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_it_returns_the_axes_it_was_given_and_leaves_others_alone(kind, mixed):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.plot([0, 3], [0, 5])
    children, limits = list(left.get_children()), (left.get_xlim(), left.get_ylim())
    assert draw(kind, mixed, ax=right) is right
    assert figure.axes == [left, right]
    assert left.get_children() == children
    assert (left.get_xlim(), left.get_ylim()) == limits
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("kind", KINDS)
def test_without_axes_it_makes_one_figure_that_a_notebook_shows(kind, mixed):
    ax = draw(kind, mixed)
    assert [pyplot.figure(number) for number in pyplot.get_fignums()] == [ax.figure]


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_figure_is_sized_to_fit_and_pyplot_never_sees_it(kind, mixed):
    figure = Figure(figsize=(1, 1))
    ax = draw(kind, mixed, ax=figure)
    assert figure.axes == [ax]
    assert figure.get_figwidth() > 5
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_axes_is_refused(kind, mixed):
    with pytest.raises(ArgumentTypeError, match=f"{kind}: ax must be matplotlib Axes"):
        draw(kind, mixed, ax="axes")
    figure = Figure()
    figure.add_subplot()
    with pytest.raises(ParameterError, match="has 1 axes already"):
        draw(kind, mixed, ax=figure)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_attribution_is_refused(kind):
    with pytest.raises(ArgumentTypeError, match=f"{kind} draws an Attribution"):
        draw(kind, [np.zeros(3)])


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_theme_is_refused(kind, mixed):
    with pytest.raises(ParameterError, match="theme must be"):
        draw(kind, mixed, theme="sepia")


@pytest.mark.parametrize("kind", KINDS)
def test_the_theme_sets_the_background_of_a_new_figure(kind, mixed):
    from pellucid.plots.style import DARK

    ax = draw(kind, mixed, ax=Figure(), theme="dark")
    assert to_hex(ax.figure.get_facecolor()) == DARK.background
    assert to_hex(ax.xaxis.label.get_color()) in (DARK.muted, DARK.ink)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_theme_it_follows_the_figure(kind, mixed):
    from pellucid.plots.style import DARK

    ax = draw(kind, mixed, ax=Figure(facecolor="black"))
    assert to_hex(ax.xaxis.label.get_color()) in (DARK.muted, DARK.ink)
    assert to_hex(ax.figure.get_facecolor()) == "#000000"


@pytest.mark.parametrize("kind", KINDS)
def test_values_that_are_not_finite_are_refused_by_row_and_name(kind, make):
    values = np.ones((3, 2))
    values[0, 1] = np.nan
    with pytest.raises(ParameterError, match=r"1 of \d values are not finite, the first in row 0 for 'b'"):
        draw(kind, make(values, names=["a", "b"], data=pd.DataFrame(np.ones((3, 2)), columns=["a", "b"])))


@pytest.mark.parametrize("kind", KINDS)
def test_images_are_refused(kind, make):
    with pytest.raises(ParameterError, match="table columns"):
        draw(kind, make(np.zeros((3, 4, 4, 1))))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "bar"])
def test_several_targets_without_a_choice_are_listed(kind, make):
    data = pd.DataFrame(np.zeros((3, 2)), columns=["a", "b"])
    ex = make(np.ones((3, 2, 3)), data=data, unit="target", targets=("x", "y", "z"))
    with pytest.raises(ParameterError, match=r"3: 'x', 'y', 'z'; pass target="):
        draw(kind, ex)
    assert "y" in texts(draw(kind, ex, target="y", ax=Figure()))


@pytest.mark.parametrize("kind", KINDS)
def test_of_two_mirrored_probabilities_the_second_is_drawn(kind, make, rng):
    values = rng.normal(size=(6, 2)) / 9
    data = pd.DataFrame(np.arange(12.0).reshape(6, 2), columns=["a", "b"])
    both = np.stack([-values, values], axis=-1)
    ex = make(both, data=data, base=0.5, unit="probability", targets=("genuine", "fraud"))
    shown = texts(draw(kind, ex, ax=Figure()))
    assert "genuine" not in shown
    assert kind == "heatmap" or "probability of fraud" in shown


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_explanation_gives_the_same_file(kind, mixed):
    assert svg(draw(kind, mixed, ax=Figure())) == svg(draw(kind, mixed, ax=Figure()))


@pytest.mark.parametrize("kind", [*ROWS, "force"])
def test_of_200_features_most_are_summed_in_one(kind, wide):
    ax = draw(kind, wide, ax=Figure(), max_display=12)
    if kind in ROWS:
        assert "189 other features" in texts(ax)
        ends = 2 if kind == "waterfall" else 0
        assert len(ax.get_yticks()) == 12 + ends
    else:
        assert "others   " in texts(ax)


@pytest.mark.parametrize("kind", [*ROWS, "force"])
def test_max_display_must_leave_room_for_the_others(kind, wide):
    with pytest.raises(ParameterError, match="max_display must be a whole number of at least 2"):
        draw(kind, wide, max_display=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_categories_booleans_dates_and_missing_values_are_drawn(kind, backend, mixed, make):
    data = mixed.data.native if backend == "pandas" else pl.from_pandas(mixed.data.native)
    ex = make(mixed.values, data=data)
    for feature in ("age", "shop", "police", "date") if kind == "scatter" else (None,):
        ax = draw(kind, ex, ax=Figure(), **({"feature": feature} if feature else {}))
        ax.figure.savefig(BytesIO())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [0.0, 3.0])
def test_constant_contributions_of_one_feature_are_drawn(kind, value, make):
    data = pd.DataFrame({"a": np.full(5, 7.0)})
    draw(kind, make(np.full((5, 1), value), data=data), ax=Figure()).figure.savefig(BytesIO())


@pytest.mark.parametrize("kind", ROWS)
def test_long_names_neither_overlap_nor_leave_the_figure(kind, make, rng):
    names = [f"average monthly balance of all of the accounts in the last {j} months" for j in range(11)]
    names.append("one_name_with_$dollars$_and_hardly_a_place_to_break_it_" * 3)
    data = pd.DataFrame(rng.normal(size=(4, 12)), columns=names)
    ax = draw(kind, make(rng.normal(size=(4, 12)), data=data), ax=Figure())
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert min(box.x0 for box in boxes) >= 0
    tops = sorted(boxes, key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(tops))
    assert len({label.get_text() for label in ax.get_yticklabels()}) == len(boxes)
    assert ax.get_window_extent().width > 0.4 * ax.figure.bbox.width


@pytest.mark.parametrize("kind", KINDS)
def test_a_title_set_later_stands_above_the_key(kind, mixed):
    ax = draw(kind, mixed, ax=Figure())
    ax.set_title("Title")
    ax.figure.draw_without_rendering()
    bottom = ax.title.get_window_extent().y0
    for child in ax.child_axes:
        assert bottom >= child.get_window_extent().y1 - 1


@pytest.mark.parametrize("kind", ["beeswarm", "scatter", "heatmap", "decision"])
def test_ten_thousand_rows_make_a_small_vector_file(kind, make, rng):
    x = rng.normal(size=(10_000, 12))
    ex = make(x * np.linspace(2, 0.5, 12), data=pd.DataFrame(x, columns=[f"c{j}" for j in range(12)]))
    file = svg(draw(kind, ex, ax=Figure()))
    assert len(file) < 200_000
    assert b">c0<" in file, "text stays text"


@pytest.mark.parametrize("kind", KINDS)
def test_too_few_or_too_many_rows_are_refused_with_the_way_out(kind, mixed):
    plot = getattr(import_module(f"pellucid.plots.{kind}"), kind)
    if kind in SINGLE:
        with pytest.raises(ParameterError, match=rf'draws 1 row, got 60; choose one, as in ex\[3\]\.plot\("{kind}"\)'):
            plot(mixed)
    elif kind in ("beeswarm", "scatter", "heatmap"):
        with pytest.raises(ParameterError, match=r'at least 2 rows, got 1; draw a single one with plot\("waterfall"\)'):
            plot(mixed[0])
    else:
        plot(mixed[0], ax=Figure())
