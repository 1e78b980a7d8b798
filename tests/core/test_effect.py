"""Effects as results: places, evaluation, frames and files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pellucid
from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_axis import Axis, levels
from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.core.receipt import Completeness, Receipt

AGE = Axis("age", "steps", np.array([30.0, 50.0]), True, np.array([0.2, 0.4, 0.3, 0.1]))
SHOP = Axis("shop", "levels", levels(["north", "south"]), False, np.array([0.5, 0.5]))
YEAR = Axis("year", "points", np.array([2000.0, 2010.0]), False, np.array([0.5, 0.5]))


def make(*curves, targets=("price",), unit="target"):
    receipt = Receipt(
        method="Hand",
        settings={},
        model="test.Model",
        model_fingerprint="f" * 64,
        target={"names": list(targets), "outputs": len(targets), "mix": np.eye(len(targets)).tolist()},
        unit=unit,
        rows=10,
        data_fingerprint="d" * 64,
        completeness=Completeness("checked", 1e-12, 1e-9, 10, claim="curves equal the model"),
    )
    return Effect(receipt, curves)


@pytest.fixture
def effect():
    age = Curve((AGE,), np.array([[1.0], [2.0], [4.0], [0.0]]))
    shop = Curve((SHOP,), np.array([[1.0], [3.0]]), rows=np.array([[[0.0], [2.0]], [[2.0], [4.0]]]))
    both = Curve((AGE, SHOP), np.arange(8.0).reshape(4, 2, 1))
    return make(age, shop, both)


def test_a_piece_is_closed_on_the_right(effect):
    at = effect.at("age", [-np.inf, 30.0, np.nextafter(30.0, 31.0), 50.0, 51.0, np.inf, np.nan])
    assert at[:, 0].tolist() == [1, 1, 2, 2, 4, 4, 0]


def test_categories_are_found_by_name_and_unknown_ones_have_no_effect(effect):
    at = effect.at("shop", ["south", "north", "west", None])
    np.testing.assert_array_equal(at[:, 0], [3, 1, np.nan, np.nan])


def test_a_surface_is_asked_at_both_features(effect):
    at = effect.at(("age", "shop"), [20, 70, np.nan], ["south", "north", "south"])
    assert at[:, 0].tolist() == [1, 4, 7]
    with pytest.raises(ParameterError, match="age × shop needs 2 arrays, got 1"):
        effect.at(("age", "shop"), [20])


def test_of_single_points_the_nearest_is_taken():
    assert YEAR.find([1990, 2004, 2006, 2050]).tolist() == [0, 0, 1, 1]


def test_dates_are_places_too():
    days = np.array(["2024-01-01", "2024-03-01"], dtype="datetime64[us]")
    axis = Axis("day", "points", days, True, np.array([0.5, 0.4, 0.1]))
    assert axis.find(np.array(["2023-05-05", "2025-01-01", "NaT"], dtype="datetime64[us]")).tolist() == [0, 1, 2]


def test_curves_are_chosen_by_name(effect):
    assert effect.names == (("age",), ("shop",), ("age", "shop"))
    assert effect["shop"].names == (("shop",),)
    assert effect[["shop", ("age", "shop")]].names == (("shop",), ("age", "shop"))
    assert effect["age", "shop"].names == (("age", "shop"),)
    with pytest.raises(ColumnsError, match="there is no effect of size; this one has age, shop, age × shop"):
        effect["size"]


def test_one_target_keeps_its_axis():
    two = make(Curve((SHOP,), np.array([[1.0, 5.0], [3.0, 7.0]])), targets=("a", "b"))
    assert two.target("b").curves[0].values.tolist() == [[5.0], [7.0]]
    assert two.target("b").target_names == ("b",)
    with pytest.raises(ParameterError, match="no target 'c'"):
        two.target("c")


def test_importance_is_the_spread_over_the_background(effect):
    importance = effect.importance()
    at = np.array([1.0, 2.0, 4.0, 0.0])
    mean = AGE.share @ at
    assert importance.feature_names == ("age", "shop", "age × shop")
    assert importance.values[0, 0] == pytest.approx(np.sqrt(AGE.share @ (at - mean) ** 2))
    assert importance.values[1, 0] == 1.0


def test_a_frame_has_a_line_for_each_place(effect):
    frame = effect["age"].to_frame("pandas")
    assert frame.columns.tolist() == ["feature", "share", "above", "up to", "target", "effect"]
    assert frame["above"].tolist()[:3] == [-np.inf, 30.0, 50.0]
    assert frame["up to"].tolist()[:3] == [30.0, 50.0, np.inf]
    rows = effect["shop"].to_frame("pandas")
    assert rows["row"].tolist() == [0, 0, 1, 1]
    assert rows["value"].tolist() == ["north", "south"] * 2
    assert rows["effect"].tolist() == [0, 2, 2, 4]
    surface = effect["age", "shop"].to_frame("pandas")
    assert surface["effect"].tolist() == list(range(8))
    assert surface["value 2"].tolist() == ["north", "south"] * 4


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_all_kinds_of_curves_fit_in_one_frame(effect, backend):
    assert len(effect.to_frame(backend)) == 4 + 4 + 8
    mixed = make(Curve((SHOP,), np.zeros((2, 1))), Curve((YEAR,), np.zeros((2, 1))))
    values = pd.DataFrame(mixed.columns())["value"].tolist()
    assert values == ["north", "south", "2000.0", "2010.0"]


def test_it_is_saved_and_loaded_whole(effect, tmp_path):
    days = np.array(["2024-01-01"], dtype="datetime64[us]")
    day = Curve((Axis("day", "points", days, False, np.ones(1)),), np.ones((1, 1)))
    whole = make(*effect.curves, day)
    whole.save(tmp_path / "effect.npz")
    loaded = pellucid.load(tmp_path / "effect.npz")
    assert loaded.names == whole.names
    assert loaded.receipt == whole.receipt
    for one, other in zip(loaded.curves, whole.curves, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        assert (one.rows is None) == (other.rows is None)
        for axis, before in zip(one.axes, other.axes, strict=True):
            assert axis.at.tolist() == before.at.tolist()
            assert (axis.name, axis.kind, axis.missing) == (before.name, before.kind, before.missing)


def test_a_band_goes_with_its_curve_into_targets_frames_and_files(tmp_path):
    values = np.array([[1.0, 5.0], [3.0, 7.0]])
    banded = make(Curve((SHOP,), values, low=values - 1, high=values + 2), targets=("a", "b"))
    assert banded.target("b").curves[0].low.tolist() == [[4.0], [6.0]]
    frame = banded.target("b").to_frame("pandas")
    assert frame[["low", "effect", "high"]].to_numpy().tolist() == [[4, 5, 7], [6, 7, 9]]
    banded.save(tmp_path / "banded.npz")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "banded.npz").curves[0].high, values + 2)


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ParameterError, match="both ends"):
        Curve((SHOP,), np.zeros((2, 1)), low=np.zeros((2, 1)))
    with pytest.raises(ParameterError, match="high must have shape"):
        Curve((SHOP,), np.zeros((2, 1)), low=np.zeros((2, 1)), high=np.zeros((1, 1)))
    with pytest.raises(ParameterError, match="values must have shape"):
        Curve((AGE,), np.zeros((3, 1)))
    with pytest.raises(ParameterError, match="rows must have shape"):
        Curve((SHOP,), np.zeros((2, 1)), rows=np.zeros((4, 3, 1)))
    with pytest.raises(ParameterError, match="kind must be"):
        Axis("age", "lanes", np.zeros(2), False, np.ones(2))
    with pytest.raises(ParameterError, match="values must have shape"):
        make(Curve((SHOP,), np.zeros((2, 3))))


def test_its_receipt_says_what_was_compared(effect):
    assert "checked on 10 rows: curves equal the model within 1.0e-12" in str(effect.receipt.completeness.sentence())
    assert "<table>" in effect._repr_html_()
