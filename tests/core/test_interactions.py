from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pellucid
from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.core.interactions import Interactions
from pellucid.core.receipt import Completeness, Receipt
from pellucid.core.tables import read_table

FRAME = pd.DataFrame({"age": [20.0, 30.0, 40.0], "income": [1.0, 2.0, 3.0], "fuel": pd.Categorical(["a", None, "b"])})


def make(frame=FRAME, index=((0, 1), (0, 2)), targets=("no", "yes")):
    rng = np.random.default_rng(0)
    receipt = Receipt(
        method="Hand",
        settings={},
        model="test.Model",
        model_fingerprint="f" * 64,
        target={"names": list(targets), "outputs": len(targets), "mix": np.eye(len(targets)).tolist()},
        unit="log-odds",
        rows=3,
        data_fingerprint="d" * 64,
        completeness=Completeness("checked", 1e-9, 1e-6, 3),
    )
    table = read_table(frame)
    values, main = rng.normal(size=(3, len(index), len(targets))), rng.normal(size=(3, 3, len(targets)))
    return Interactions(receipt, np.array(index), values, main, np.ones((3, len(targets))), table.names, table)


@pytest.fixture
def ex():
    return make()


def test_the_dense_matrix_is_symmetric_and_sums_to_the_predictions(ex):
    full = ex.dense()
    assert full.shape == (3, 3, 3, 2)
    np.testing.assert_array_equal(full, full.transpose(0, 2, 1, 3))
    np.testing.assert_array_equal(full[:, 0, 1], ex.values[:, 0] / 2)
    np.testing.assert_array_equal(full[:, 1, 2], 0)
    np.testing.assert_array_equal(full[:, 2, 2], ex.main[:, 2])
    np.testing.assert_allclose(ex.base + full.sum(axis=(1, 2)), ex.predictions)


def test_a_pair_is_found_in_either_order_and_is_zero_where_it_is_not_listed(ex):
    np.testing.assert_array_equal(ex.pair("age", "fuel"), ex.values[:, 1])
    np.testing.assert_array_equal(ex.pair(2, "age"), ex.values[:, 1])
    np.testing.assert_array_equal(ex.pair("fuel", "income"), np.zeros((3, 2)))
    with pytest.raises(ColumnsError, match="no column 'sex'"):
        ex.pair("age", "sex")
    with pytest.raises(ColumnsError, match="'age' was named twice"):
        ex.pair("age", "age")


def test_rows_and_targets_are_chosen_with_all_axes_kept(ex):
    assert ex[1].values.shape == (1, 2, 2)
    assert ex[1].data.column("age").tolist() == [30.0]
    assert ex[[2, 0]].receipt.rows == 2
    yes = ex.target("yes")
    np.testing.assert_array_equal(yes.main, ex.main[..., [1]])
    assert yes.target_names == ("yes",)
    assert yes.predictions.shape == (3, 1)
    with pytest.raises(ParameterError, match="no target 'maybe'"):
        ex.target("maybe")
    with pytest.raises(ParameterError, match="no row 9"):
        ex[9]


def test_the_strongest_come_first_and_importance_has_standard_errors(ex):
    sizes = np.abs(ex.values)
    order = np.argsort(-sizes.mean(axis=0)[:, 1])
    assert ex.strongest(1, target=1) == [(("age", "income"), ("age", "fuel"))[order[0]]]
    importance = ex.importance()
    assert importance.feature_names == ("age × income", "age × fuel")
    np.testing.assert_allclose(importance.values, sizes.mean(axis=0))
    np.testing.assert_allclose(importance.stderr, sizes.std(axis=0, ddof=1) / np.sqrt(3))


def test_a_frame_has_one_line_a_row_pair_and_target_in_the_callers_kind(ex):
    frame = ex.to_frame()
    assert list(frame.columns) == ["row", "target", "feature 1", "feature 2", "interaction"]
    assert len(frame) == 12
    chosen = frame[(frame["row"] == 1) & (frame["target"] == "yes") & (frame["feature 2"] == "fuel")]
    assert chosen["interaction"].tolist() == [ex.values[1, 1, 1]]
    assert isinstance(make(pl.from_pandas(FRAME)).to_frame(), pl.DataFrame)


@pytest.mark.parametrize(
    "index", [((0, 1), (0, 2)), np.zeros((0, 2), int), ((0, 1, 2),)], ids=["pairs", "none", "triple"]
)
def test_saving_and_loading_gives_the_same_interactions(tmp_path, index):
    ex = make(index=index)
    ex.save(tmp_path / "ex.npz")
    back = pellucid.load(tmp_path / "ex.npz")
    for name in ("index", "values", "main", "base"):
        np.testing.assert_array_equal(getattr(back, name), getattr(ex, name))
    assert back.receipt == ex.receipt
    assert back.data.fingerprint() == ex.data.fingerprint()
    assert back.feature_names == ex.feature_names


@pytest.fixture
def three():
    """Pairs and one set of three."""
    return make(index=((0, 1, -1), (0, 2, -1), (0, 1, 2)))


def test_sets_of_several_sizes_have_names_and_effects(three):
    assert three.order == 3
    assert three.sizes.tolist() == [2, 2, 3]
    assert three.set_names() == ("age × income", "age × fuel", "age × income × fuel")
    np.testing.assert_array_equal(three.pair("fuel", "age"), three.values[:, 1])
    np.testing.assert_array_equal(three.effect("fuel", "income", "age"), three.values[:, 2])
    np.testing.assert_array_equal(three.effect("income"), three.main[:, 1])
    np.testing.assert_array_equal(three.effect("income", "fuel"), np.zeros((3, 2)))
    lines = three.to_frame("pandas")
    assert lines["feature 3"].isna().tolist() == [True, True, True, True, False, False] * 3


def test_sets_of_three_have_no_matrix(three):
    with pytest.raises(ParameterError, match="sets of 3 features; ask for interactions of order 2"):
        three.dense()


def test_more_features_than_a_set_has_are_refused(ex):
    with pytest.raises(ParameterError, match="3 features were named and sets have 1 to 2"):
        ex.effect("age", "income", "fuel")
    with pytest.raises(ParameterError, match="0 features were named"):
        ex.effect()


def test_as_an_attribution_every_set_is_an_input(three):
    flat = three.as_attribution()
    assert flat.feature_names == ("age", "income", "fuel", "age × income", "age × fuel", "age × income × fuel")
    np.testing.assert_allclose(flat.predictions, three.predictions)
    np.testing.assert_array_equal(flat.values[:, 3:], three.values)
    assert flat.receipt.settings["order"] == 3


def test_shapes_that_do_not_fit_are_refused(ex):
    with pytest.raises(ParameterError, match=r"values must have shape \(3, 2, 2\)"):
        replace(ex, values=np.zeros((3, 5, 2)))
    with pytest.raises(ParameterError, match=r"base must have shape \(3, 2\)"):
        replace(ex, base=np.zeros(3))
    with pytest.raises(ParameterError, match="runs from 0 to 3 and there are 3 features"):
        replace(ex, index=np.array([[0, 3], [1, 2]]))


def test_values_cannot_be_changed(ex):
    for name in ("index", "values", "main"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(ex, name)[0, 0] = 1


def test_the_short_form_and_the_notebooks_say_shape_unit_and_check(ex):
    assert repr(ex).startswith(
        "<Interactions by Hand: 3 × 2 × 2 (rows × sets × targets) in log-odds; checked on 3 rows"
    )
    assert "Interactions by Hand" in ex._repr_html_()
