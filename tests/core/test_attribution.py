from __future__ import annotations

import json
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pellucid
from pellucid.core.attribution import Attribution
from pellucid.core.errors import ColumnsError, FileFormatError, InputError, OutputError, ParameterError
from pellucid.core.interop import to_shap
from pellucid.core.receipt import Completeness, Receipt
from pellucid.core.tables import read_table

FRAME = pd.DataFrame({"age": [20.0, 30.0, 40.0, 50.0], "fuel": pd.Categorical(["a", None, "b", "a"])})


def make(frame=FRAME, targets=("no", "yes"), stderr=None):
    rng = np.random.default_rng(0)
    receipt = Receipt(
        method="Hand",
        settings={"seed": 1},
        model="test.Model",
        model_fingerprint="f" * 64,
        target={"names": list(targets), "outputs": len(targets), "mix": np.eye(len(targets)).tolist()},
        unit="log-odds",
        rows=4,
        data_fingerprint="d" * 64,
        completeness=Completeness("checked", 1e-9, 1e-6, 4),
        versions={"python": "3"},
    )
    values = rng.normal(size=(4, 2, len(targets)))
    table = read_table(frame)
    return Attribution(receipt, values, np.ones((4, len(targets))), stderr, table, table.names)


@pytest.fixture
def ex():
    return make()


def test_predictions_are_base_plus_values(ex):
    np.testing.assert_allclose(ex.predictions, 1 + ex.values[:, 0] + ex.values[:, 1])


def test_indexing_keeps_every_axis(ex):
    assert ex[3].values.shape == (1, 2, 2)
    assert ex[-1].data.column("age").tolist() == [50.0]
    assert ex[1:3].values.shape == (2, 2, 2)
    assert ex[np.array([True, False, False, True])].data.column("age").tolist() == [20.0, 50.0]
    assert ex[[2, 0]].receipt.rows == 2
    assert ex[:, "fuel"].values.shape == (4, 1, 2)
    assert ex[3, ["fuel", "age"]].feature_names == ("fuel", "age")
    assert ex.target("yes").values.shape == (4, 2, 1)
    np.testing.assert_array_equal(ex.target(1).values[..., 0], ex.values[..., 1])
    assert ex.target("yes").target_names == ("yes",)


def test_some_of_the_columns_promise_no_completeness(ex):
    assert ex[:, "age"].receipt.completeness.sentence() == "not promised: 1 of 2 columns were selected"


@pytest.mark.parametrize("key", [4, "age", [9], 1.5, np.array([True, False])])
def test_rows_that_are_not_there_are_refused(ex, key):
    with pytest.raises(ParameterError):
        ex[key]


def test_columns_and_targets_that_are_not_there_are_named(ex):
    with pytest.raises(ColumnsError, match="no column 'sex'; this explanation has 'age', 'fuel'"):
        ex[:, "sex"]
    with pytest.raises(ParameterError, match="no target 'maybe'; this explanation has 'no', 'yes'"):
        ex.target("maybe")


def test_values_cannot_be_changed(ex):
    with pytest.raises(ValueError, match="read-only"):
        ex.values[0, 0, 0] = 1


def test_shapes_that_do_not_fit_are_refused(ex):
    with pytest.raises(ParameterError, match=r"values must have shape \(4, 2, 2\), got \(4, 2, 3\)"):
        replace(ex, values=np.zeros((4, 2, 3)))
    with pytest.raises(ParameterError, match=r"must have shape \(rows, \*input shape, targets\)"):
        replace(ex, values=np.zeros((4, 2)))
    with pytest.raises(ParameterError, match=r"base must have shape \(4, 2\)"):
        replace(ex, base=np.zeros(4))
    with pytest.raises(ParameterError, match="4 rows and its data 2"):
        replace(ex, data=read_table(FRAME[:2]))


def test_rows_can_be_shown_as_people_know_them(ex):
    shown = ex.shown_as(FRAME.assign(age=pd.to_datetime(["2001", "2002", "2003", "2004"])))
    assert shown.data.kinds == ("date", "category")
    np.testing.assert_array_equal(shown.values, ex.values)
    assert "encoding" in shown.receipt.notes[-1]
    with pytest.raises(InputError, match="4 rows were explained, got 2"):
        ex.shown_as(FRAME[:2])


def test_importance_is_the_mean_size_with_its_standard_error(ex):
    importance = ex.importance()
    sizes = np.abs(ex.values)
    np.testing.assert_allclose(importance.values, sizes.mean(axis=0))
    np.testing.assert_allclose(importance.stderr, sizes.std(axis=0, ddof=1) / 2)
    assert importance.ranking(1)[0] == ("age" if importance.values[0, 1] > importance.values[1, 1] else "fuel")
    assert np.isnan(ex[0].importance().stderr).all()


def test_a_frame_has_one_line_a_row_and_target_and_comes_in_the_callers_kind(ex):
    frame = ex.to_frame()
    assert list(frame.columns) == ["row", "target", "base", "age", "fuel", "prediction"]
    assert len(frame) == 8
    np.testing.assert_allclose(frame["base"] + frame["age"] + frame["fuel"], frame["prediction"])
    assert isinstance(make(pl.from_pandas(FRAME)).to_frame(), pl.DataFrame)
    assert isinstance(ex.to_frame("polars"), pl.DataFrame)


def test_a_feature_named_like_a_bookkeeping_column_keeps_its_name():
    frame = make(FRAME.rename(columns={"age": "row", "fuel": "prediction"})).to_frame()
    assert list(frame.columns) == ["row_", "target", "base", "row", "prediction", "prediction_"]


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow", "numpy", "objects"])
def test_saving_and_loading_gives_the_same_explanation(tmp_path, backend):
    frame = {
        "pandas": FRAME,
        "polars": pl.from_pandas(FRAME),
        "pyarrow": pl.from_pandas(FRAME).to_arrow(),
        "numpy": np.arange(8.0).reshape(4, 2),
        "objects": FRAME.astype(object).to_numpy(),
    }[backend]
    ex = make(frame, stderr=np.full((4, 2, 2), 0.1))
    ex.save(tmp_path / "ex.npz")
    back = pellucid.load(tmp_path / "ex.npz")
    for name in ("values", "base", "stderr"):
        np.testing.assert_array_equal(getattr(back, name), getattr(ex, name))
    assert back.receipt == ex.receipt
    assert back.feature_names == ex.feature_names
    assert back.data.fingerprint() == ex.data.fingerprint()
    assert back.data.backend == ex.data.backend
    ex.importance().save(tmp_path / "importance.npz")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "importance.npz").values, ex.importance().values)


def test_a_saved_explanation_holds_no_pickle(tmp_path, ex):
    ex.save(tmp_path / "ex.npz")
    with np.load(tmp_path / "ex.npz", allow_pickle=False) as archive:
        assert json.loads(archive["manifest"].tobytes())["format"] == 1


def test_a_newer_format_is_refused_with_the_command_to_run(tmp_path, ex, monkeypatch):
    monkeypatch.setattr("pellucid.core.storage.FORMAT_VERSION", 2)
    ex.save(tmp_path / "ex.npz")
    monkeypatch.undo()
    with pytest.raises(FileFormatError, match=r"has format 2 and this version reads up to 1; pip install --upgrade"):
        pellucid.load(tmp_path / "ex.npz")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 cut short", pickle.dumps([1])])
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "ex.npz").write_bytes(content)
    with pytest.raises(FileFormatError, match="is not a saved explanation or is damaged"):
        pellucid.load(tmp_path / "ex.npz")


def test_a_file_cut_short_is_refused(tmp_path, ex):
    ex.save(tmp_path / "ex.npz")
    whole = (tmp_path / "ex.npz").read_bytes()
    for part in (0.3, 0.6, 0.95):
        (tmp_path / "ex.npz").write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(FileFormatError):
            pellucid.load(tmp_path / "ex.npz")


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(FileFormatError, match="there is no file"):
        pellucid.load(tmp_path / "none.npz")


def test_saving_where_nothing_can_be_written_leaves_nothing(tmp_path, ex):
    with pytest.raises(OutputError, match="cannot be written"):
        ex.save(tmp_path / "no such folder" / "ex.npz")
    with pytest.raises(OutputError, match="cannot be written"):
        ex.save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_save_keeps_the_file_that_was_there(tmp_path, ex, monkeypatch):
    path = tmp_path / "ex.npz"
    ex.save(path)
    before = path.read_bytes()

    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(OutputError, match="No space left on device"):
        ex.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["ex.npz"]


def test_shap_gets_a_real_explanation(ex):
    import shap

    several = ex.to_shap()
    assert isinstance(several, shap.Explanation)
    assert several.values.shape == (4, 2, 2)
    one = to_shap(ex.target("yes"))
    assert one.values.shape == (4, 2)
    assert one.base_values.shape == (4,)
    assert one.feature_names == ["age", "fuel"]
    assert one.data[0].tolist() == [20.0, "a"]


def test_what_a_notebook_shows_is_escaped(ex):
    html = replace(ex, receipt=replace(ex.receipt, model="<script>alert(1)</script>"))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_short_form_says_shape_unit_and_check(ex):
    assert repr(ex) == (
        "<Attribution by Hand: 4 × 2 × 2 (rows × inputs × targets) in log-odds; checked on 4 rows: "
        "base + Σ values equals the model's own prediction within 1.0e-09 (allowed 1.0e-06)>"
    )


def test_an_explanation_survives_pickling_for_joblib(ex):
    back = pickle.loads(pickle.dumps(ex))
    np.testing.assert_array_equal(back.values, ex.values)
