"""Parquet files keep the column types they have."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pellucid.core import parquet
from pellucid.core.errors import FileFormatError, InputError, MissingExtraError, OutputError

FRAME = pd.DataFrame(
    {
        "category": pd.Categorical(list("abcab") * 5, categories=list("cbaz")),
        "ordered": pd.Categorical(["lo", "hi"] * 12 + ["lo"], categories=["lo", "hi"], ordered=True),
        "nullable": pd.array([1, None, 3, 4, 5] * 5, dtype="Int64"),
        "gaps": [1.0, 2, 3, 4, np.nan] * 5,
        "whole": range(25),
        "flag": [True, False, True, True, False] * 5,
        "day": pd.date_range("2024-01-01", periods=25),
        "text": ["x", None, "y", "z", "w"] * 5,
    }
)


@pytest.mark.parametrize("size", [4, 10, 25, 100])
def test_frames_have_the_size_asked_for_and_the_types_of_the_file(tmp_path, size):
    path = tmp_path / "rows.parquet"
    FRAME.to_parquet(path, row_group_size=7)
    frames = list(parquet.read_frames(path, size))
    assert [len(frame) for frame in frames] == [min(size, 25 - start) for start in range(0, 25, size)]
    whole = pd.read_parquet(path)
    for frame in frames:
        assert frame.dtypes.to_dict() == whole.dtypes.to_dict()
    pd.testing.assert_frame_equal(pd.concat(frames, ignore_index=True), whole)
    assert parquet.count_rows(path) == 25


def test_a_column_with_gaps_somewhere_has_one_type_everywhere(tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"n": [1, 2, 3, None], "flag": [True, False, None, True], "full": [1, 2, 3, 4]}), path)
    first, second = parquet.read_frames(path, 2)
    assert first.dtypes.to_dict() == second.dtypes.to_dict() == pd.read_parquet(path).dtypes.to_dict()


@pytest.mark.parametrize(("backend", "kind"), [("polars", pl.DataFrame), ("pyarrow", pa.Table)])
def test_without_pandas_the_next_library_reads(tmp_path, monkeypatch, backend, kind):
    path = tmp_path / "rows.parquet"
    pl.DataFrame({"c": pl.Series(["a", "b", "a"], dtype=pl.Categorical), "n": [1, 2, 3]}).write_parquet(path)
    monkeypatch.setattr(parquet, "best_backend", lambda: backend)
    frames = list(parquet.read_frames(path, 2))
    assert all(isinstance(frame, kind) for frame in frames)
    assert [
        value for frame in frames for value in list(frame["c"].to_pylist() if kind is pa.Table else frame["c"])
    ] == [
        "a",
        "b",
        "a",
    ]


def test_a_note_comes_back(tmp_path):
    path = tmp_path / "out.parquet"
    parquet.write_file(path, {"n": np.arange(3.0), "word": np.array(["ä", "b", "ä"], dtype=object)}, {"a": ["é", 1]})
    assert parquet.read_note(path) == {"a": ["é", 1]}
    assert pd.read_parquet(path)["word"].tolist() == ["ä", "b", "ä"]
    pq.write_table(pa.table({"n": [1]}), path)
    with pytest.raises(FileFormatError, match="was not written by pellucid"):
        parquet.read_note(path)


def test_bad_files_are_refused_in_one_sentence(tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(FileFormatError, match="is not a parquet file or is damaged") as caught:
        list(parquet.read_frames(tmp_path / "broken.parquet", 3))
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="there is no file"):
        parquet.count_rows(tmp_path / "missing.parquet")
    with pytest.raises(OutputError, match="cannot be written"):
        parquet.write_file(tmp_path / "missing" / "out.parquet", {"n": np.arange(3)}, {})


def test_a_missing_pyarrow_is_named_with_the_command(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'pellucid\[parquet\]'"):
        parquet.write_file(tmp_path / "out.parquet", {"n": np.arange(3)}, {})


def test_numbers_are_written_without_a_dictionary_and_come_back_bit_for_bit(tmp_path):
    rng = np.random.default_rng(0)
    columns = {"value": rng.normal(size=5000), "row": np.arange(5000), "target": np.array(["a", "b"] * 2500, object)}
    parquet.write_file(tmp_path / "part.parquet", columns, {})
    row_group = pq.ParquetFile(tmp_path / "part.parquet").metadata.row_group(0)
    encodings = [row_group.column(j).encodings for j in range(3)]
    assert ["RLE_DICTIONARY" in each for each in encodings] == [False, False, True]
    read = pd.read_parquet(tmp_path / "part.parquet")
    for name, values in columns.items():
        np.testing.assert_array_equal(read[name], values)


@pytest.mark.parametrize("row_group", [50_000, 2_000_000])
def test_a_file_is_never_in_memory_as_a_whole(tmp_path, row_group):
    values = np.random.default_rng(0).normal(size=1_000_000)
    pq.write_table(pa.table({f"x{j}": values for j in range(8)}), tmp_path / "rows.parquet", row_group_size=row_group)
    before, most = pa.total_allocated_bytes(), 0
    for _ in parquet.read_frames(tmp_path / "rows.parquet", 20_000):
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < 24 << 20 < 8 * values.nbytes // 2
