"""Explanations into files."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import pellucid
from pellucid.cli.outputs import check_output, save
from pellucid.core.attribution import Attribution
from pellucid.core.errors import OutputError
from pellucid.core.receipt import Completeness, Receipt
from pellucid.core.target import resolve_target


@pytest.fixture
def explanation():
    receipt = Receipt(
        method="TreeSHAP",
        settings={},
        model="m",
        model_fingerprint="0" * 64,
        target=resolve_target(None, ["no", "yes"], n_rows=2).describe(),
        unit="probability",
        rows=2,
        data_fingerprint="0" * 64,
        completeness=Completeness("not promised"),
    )
    values = np.array([[[0.1, -0.1]], [[1 / 3, -1 / 3]]])
    return Attribution(receipt, values=values, base=np.full((2, 2), 0.5), feature_names=("金额",))


def lines(path):
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_csv_keeps_the_row_numbers_of_the_file_and_every_digit(explanation, tmp_path):
    path = tmp_path / "out.csv"
    save(explanation, str(path), np.array([4, 9]))
    read = lines(path)
    assert [(line["row"], line["target"]) for line in read] == [("4", "no"), ("4", "yes"), ("9", "no"), ("9", "yes")]
    assert float(read[2]["金额"]) == 1 / 3
    assert float(read[3]["prediction"]) == 0.5 - 1 / 3


def test_parquet_holds_the_same_columns(explanation, tmp_path):
    import pandas as pd

    path = tmp_path / "out.parquet"
    save(explanation, str(path), np.array([4, 9]))
    frame = pd.read_parquet(path)
    assert list(frame.columns) == ["row", "target", "base", "金额", "prediction"]
    assert frame["row"].tolist() == [4, 4, 9, 9]


def test_npz_is_read_back_by_load(explanation, tmp_path):
    path = tmp_path / "out.npz"
    save(explanation, str(path), np.arange(2))
    np.testing.assert_array_equal(pellucid.load(path).values, explanation.values)


def test_only_the_whole_file_is_left(explanation, tmp_path):
    for name in ("out.csv", "out.parquet", "out.npz"):
        save(explanation, str(tmp_path / name), np.arange(2))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "out.npz", "out.parquet"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("out.txt", r"must end in \.npz or \.csv, got \.txt"),
        ("out", "got no ending"),
        ("none/out.csv", "cannot be written"),
        ("folder.csv", "cannot be written"),
        ("rows.csv", "would be lost"),
    ],
)
def test_a_bad_output_is_refused_before_the_work(tmp_path, name, words):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "rows.csv").write_text("a\n1\n")
    with pytest.raises(OutputError, match=words):
        check_output(str(tmp_path / name), (".npz", ".csv"), (None, str(tmp_path / "rows.csv")))
