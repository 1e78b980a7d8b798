"""``pellucid explain``."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import pellucid

MODELS = ["xgboost.json", "lightgbm.txt", "hist.joblib"]


def explain(run, files, model, rows="claims.csv", *rest):
    return run("explain", files / model, files / rows, "--trust-pickle", *rest)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("rows", ["claims.csv", "claims.parquet"])
def test_each_kind_of_model_and_table_is_explained_and_checked(run, files, model, rows):
    result = explain(run, files, model, rows)
    assert result.exit_code == 0, result.stderr
    assert "claim_amount" in result.stdout
    assert "checked on 600 rows" in result.stdout


@pytest.mark.parametrize("model", MODELS)
def test_values_from_a_csv_file_are_those_of_the_training_frame(run, files, model):
    explain(run, files, model, "claims.csv", "-o", "out.npz")
    explain(run, files, model, "claims.parquet", "-o", "same.npz")
    np.testing.assert_array_equal(pellucid.load("out.npz").values, pellucid.load("same.npz").values)


def test_the_text_fits_in_80_columns(run, files):
    lines = explain(run, files, "xgboost.json").stdout.splitlines()
    assert max(map(len, lines)) <= 80


def test_remarks_go_to_stderr_and_name_the_columns_left_out(run, files):
    result = explain(run, files, "xgboost.json", "claims.csv", "-o", "out.csv")
    assert "left out 'fraud', which the model does not use." in result.stderr
    assert "out.csv written." in result.stderr
    assert "pellucid:" not in result.stdout


def test_json_holds_receipt_and_importance_and_nothing_else_is_printed(run, files):
    found = json.loads(explain(run, files, "xgboost.json", "claims.csv", "--json", "-o", "out.npz").stdout)
    saved = pellucid.load("out.npz")
    assert found["output"] == "out.npz"
    assert found["receipt"]["model_fingerprint"] == saved.receipt.model_fingerprint
    sizes = [line["importance"] for line in found["importance"]]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes == pytest.approx(np.sort(np.abs(saved.values[:, :, 0]).mean(axis=0))[::-1])


def test_one_row_has_no_standard_error_and_still_gives_valid_json(run, files):
    found = json.loads(explain(run, files, "xgboost.json", "claims.csv", "--json", "--rows", "1").stdout)
    assert {line["stderr"] for line in found["importance"]} == {None}


def test_some_rows_keep_their_numbers_and_values_and_follow_the_seed(run, files):
    explain(run, files, "xgboost.json", "claims.csv", "-o", "all.csv")
    explain(run, files, "xgboost.json", "claims.csv", "--rows", "20", "--seed", "4", "-o", "some.csv")
    explain(run, files, "xgboost.json", "claims.csv", "--rows", "20", "--seed", "5", "-o", "other.csv")
    whole, some, other = (pd.read_csv(f"{name}.csv") for name in ("all", "some", "other"))
    pd.testing.assert_frame_equal(whole.iloc[some["row"]].reset_index(drop=True), some)
    assert len(some) == 20
    assert set(some["row"]) != set(other["row"])


def test_a_background_is_drawn_down_and_said_so(run, files):
    rows = files / "claims.csv"
    result = explain(run, files, "xgboost.json", "claims.csv", "--background", rows, "--background-rows", "50")
    assert "50 of 600 rows drawn as background" in result.stderr
    assert "background    50 rows" in result.stdout


def test_a_model_that_can_only_predict_is_explained_against_its_background(run, files):
    result = explain(run, files, "linear.joblib", "numbers.csv", "--background", files / "numbers.csv")
    assert result.exit_code == 0, result.stderr
    assert "ExactSHAP" in result.stdout


def test_targets_are_chosen_by_name_or_number(run, files):
    for given, shown in (("1", "“1”"), ("0", "“0”")):
        assert shown in explain(run, files, "forest.joblib", "numbers.csv", "--target", given).stdout
    both = explain(run, files, "forest.joblib", "numbers.csv", "--target", "1", "--target", "0").stdout
    assert both.splitlines()[1].split() == ["column", "1", "0", "share"]


def test_no_check_is_said_in_the_receipt(run, files):
    assert (
        "not promised: the check was turned off"
        in explain(run, files, "xgboost.json", "claims.csv", "--check", "none").stdout
    )


def test_values_that_the_model_never_saw_are_mentioned(run, files, tmp_path):
    frame = pd.read_csv(files / "claims.csv")
    frame.loc[0, "region"] = "mars"
    frame.to_csv(tmp_path / "mars.csv", index=False)
    result = run("explain", files / "lightgbm.txt", "mars.csv")
    assert "column 'region' holds 'mars', which the model never saw there." in result.stderr


def test_a_saved_explanation_is_shown_and_converted(run, files):
    first = explain(run, files, "xgboost.json", "claims.csv", "-o", "out.npz")
    again = run("explain", "out.npz", "-o", "out.parquet")
    assert again.exit_code == 0, again.stderr
    assert again.stdout == first.stdout
    assert len(pd.read_parquet("out.parquet")) == 600


def test_settings_of_the_folder_are_used(run, files, tmp_path):
    (tmp_path / "pellucid.toml").write_text("[explain]\nrows = 7\ncheck = 'all'\n")
    assert "7 of 600 rows" in explain(run, files, "xgboost.json").stdout
