"""Everything that people hand over by mistake: one sentence, an exit code, and no half-written file."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

OUTPUTS = ("out.npz", "out.csv", "out.parquet")


@pytest.fixture
def altered(files, tmp_path_factory):
    """A file of the rows with some of them changed."""

    def write(name, change):
        frame = pd.read_csv(files / name)
        path = tmp_path_factory.mktemp("altered") / name
        change(frame).to_csv(path, index=False)
        return path

    return write


def trusting(files, model, *rest):
    return ("explain", files / model, *rest, "--trust-pickle", "-o", "out.csv")


def test_other_columns_are_named(files, altered, refused):
    rows = altered("numbers.csv", lambda frame: frame.rename(columns={"witnesses": "Witnesses"}))
    sentence = refused(*trusting(files, "forest.joblib", rows))
    assert str(rows) in sentence
    assert "'witnesses'" in sentence
    assert "'Witnesses'" in sentence


def test_missing_columns_are_named(files, altered, refused):
    rows = altered("claims.csv", lambda frame: frame.drop(columns=["zone", "driver_age"]))
    for model in ("hist.joblib", "xgboost.json", "lightgbm.txt"):
        sentence = refused(*trusting(files, model, rows))
        assert "'driver_age', 'zone'" in sentence


@pytest.mark.parametrize("model", ["hist.joblib", "xgboost.json", "lightgbm.txt"])
def test_texts_in_a_column_of_numbers_are_refused_with_its_name(files, altered, refused, model):
    rows = altered("claims.csv", lambda frame: frame.assign(claim_amount="a lot"))
    assert "claim_amount" in refused(*trusting(files, model, rows))


def test_texts_in_a_column_of_numbers_are_refused_by_a_forest_too(files, altered, refused):
    rows = altered("numbers.csv", lambda frame: frame.assign(claim_amount="a lot"))
    assert "claim_amount" in refused(*trusting(files, "forest.joblib", rows))


def test_an_empty_file_is_called_empty(files, refused, tmp_path_factory):
    rows = tmp_path_factory.mktemp("empty") / "rows.csv"
    rows.touch()
    assert "is empty" in refused(*trusting(files, "forest.joblib", rows))


def test_a_file_without_rows_is_told_so(files, altered, refused):
    rows = altered("numbers.csv", lambda frame: frame.head(0))
    assert "at least one row" in refused(*trusting(files, "forest.joblib", rows))


@pytest.fixture
def with_value(altered):
    """The rows of numbers with one value replaced."""

    def spoilt(value):
        def change(frame):
            frame.loc[7, "claim_amount"] = value
            return frame

        return altered("numbers.csv", change)

    return spoilt


@pytest.mark.parametrize(("value", "words"), [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")])
def test_values_that_the_model_refuses_are_refused(files, with_value, refused, value, words):
    background = ("--background", files / "numbers.csv")
    assert words in refused(*trusting(files, "linear.joblib", with_value(value), *background))


def test_infinite_values_that_a_forest_refuses_are_refused_with_their_column(files, with_value, refused):
    assert "claim_amount" in refused(*trusting(files, "forest.joblib", with_value(np.inf)))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("torn.json", lambda files: (files / "xgboost.json").read_bytes()[:3000], "looks like an XGBoost model"),
        ("torn.txt", lambda files: (files / "lightgbm.txt").read_bytes()[:3000], "looks like a LightGBM model"),
        ("torn.joblib", lambda files: (files / "hist.joblib").read_bytes()[:3000], "cannot be read"),
        ("empty.json", lambda _: b"", "is empty"),
        ("model.onnx", lambda _: b"\x08\x07pytorch", "is not a model file"),
        ("none.json", None, "there is no model file"),
    ],
)
def test_a_bad_model_file_is_named(files, refused, tmp_path_factory, name, content, words):
    model = tmp_path_factory.mktemp("models") / name
    if content is not None:
        model.write_bytes(content(files))
    sentence = refused("explain", model, files / "claims.csv", "--trust-pickle", "-o", "out.npz")
    assert words in sentence
    assert name in sentence


def test_an_object_that_is_no_model_is_refused(files, refused):
    assert "builtins.dict" in refused(*trusting(files, "dict.joblib", files / "claims.csv"))


def test_a_pickle_is_not_opened_unless_trusted(files, refused):
    assert "--trust-pickle" in refused("explain", files / "hist.joblib", files / "claims.csv", "-o", "out.npz")


def test_a_trusted_pickle_is_opened_after_a_warning(files, run):
    result = run("explain", files / "forest.joblib", files / "numbers.csv", "--trust-pickle")
    assert result.exit_code == 0
    assert "is a program" in result.stderr


@pytest.mark.parametrize("output", ["none/out.csv", "out.txt", "out"])
def test_an_output_that_cannot_be_written_is_refused_before_the_work(files, refused, output):
    sentence = refused("explain", files / "no_such_model.json", files / "claims.csv", "-o", output)
    assert output in sentence


def test_the_report_must_be_html(files, refused):
    assert "must end in .html" in refused("report", files / "xgboost.json", files / "claims.csv", "-o", "report.pdf")


def test_the_rows_are_never_written_over(files, refused):
    rows = files / "claims.csv"
    before = rows.read_bytes()
    assert "would be lost" in refused("explain", files / "xgboost.json", rows, "-o", rows)
    assert rows.read_bytes() == before


@pytest.mark.parametrize("output", OUTPUTS)
def test_an_unknown_target_is_answered_with_the_known_ones(files, refused, output):
    arguments = ("explain", files / "xgboost.json", files / "claims.csv", "--target", "theft", "-o", output)
    sentence = refused(*arguments)
    assert "'theft'" in sentence
    assert "'1'" in sentence


def test_a_model_that_needs_a_background_says_how_to_give_one(files, refused):
    assert "--background" in refused(*trusting(files, "linear.joblib", files / "numbers.csv"))


def test_a_saved_explanation_of_a_newer_format_asks_for_a_newer_pellucid(run, refused, files, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "newer.npz"
    run("explain", files / "xgboost.json", files / "claims.csv", "-o", path)
    with np.load(path) as archive:
        arrays = dict(archive)
    manifest = json.loads(arrays.pop("manifest").tobytes()) | {"format": 99}
    np.savez(path, manifest=np.frombuffer(json.dumps(manifest).encode(), dtype=np.uint8), **arrays)
    for command, output in (("explain", "out.csv"), ("report", "out.html")):
        sentence = refused(command, path, "-o", output)
        assert "format 99" in sentence
        assert "pip install --upgrade pellucid" in sentence


def test_a_damaged_saved_explanation_is_told_so(refused, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "torn.npz"
    path.write_bytes(b"PK\x03\x04 torn")
    assert "is not a saved explanation or is damaged" in refused("explain", path)


def test_a_model_without_rows_is_wrong_usage(files, refused):
    assert "Missing argument 'DATA'" in refused("explain", files / "xgboost.json", code=2)


def test_a_saved_explanation_with_rows_is_wrong_usage(files, refused):
    assert "holds its own rows" in refused("explain", "saved.npz", files / "claims.csv", code=2)
