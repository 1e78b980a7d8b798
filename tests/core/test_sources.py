"""Rows from anywhere, a chunk at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pellucid.core.errors import ArgumentTypeError, FileFormatError, InputError, PellucidError
from pellucid.core.sources import read_chunks
from pellucid.core.tables import read_table

ROWS = np.arange(22.0).reshape(11, 2)


def sizes(source, size=4):
    chunks = read_chunks(source, size)
    return [len(table) for table in chunks.tables], chunks.total


def test_tables_are_cut_and_counted(tmp_path):
    frame = pd.DataFrame(ROWS, columns=["a", "b"])
    np.save(tmp_path / "rows.npy", ROWS)
    frame.to_parquet(tmp_path / "rows.parquet")
    for source in (ROWS, frame, read_table(ROWS), ROWS.tolist(), tmp_path / "rows.npy", tmp_path / "rows.parquet"):
        assert sizes(source) == ([4, 4, 3], 3)


def test_frames_of_an_iterator_are_cut_each_by_itself():
    assert sizes(iter([ROWS[:5], ROWS[5:5], ROWS[5:]])) == ([4, 1, 4, 2], None)
    assert sizes([ROWS[:5], ROWS[5:]]) == ([4, 1, 4, 2], None)


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        ("rows.csv", "a,b", InputError, "must end in .parquet or .npy, got 'rows.csv'"),
        ("rows.npy", "a,b", FileFormatError, "is not an array that can be mapped"),
        ("rows.npy", None, InputError, "there is no file"),
        ("rows.parquet", None, InputError, "there is no file"),
    ],
)
def test_files_that_cannot_be_read_are_refused(tmp_path, name, content, error, words):
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(error, match=words):
        list(read_chunks(tmp_path / name, 4).tables)


def test_what_is_no_source_is_refused():
    with pytest.raises(ArgumentTypeError, match="source must be a pandas, polars or pyarrow table"):
        read_chunks(7, 4)
    with pytest.raises(PellucidError):
        list(read_chunks({"a": [1, 2]}, 4).tables)
