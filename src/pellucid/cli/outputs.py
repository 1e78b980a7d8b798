"""Explanations into files; each appears under its name only when it is whole."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pellucid.core.errors import OutputError
from pellucid.core.storage import writing

__all__ = ["check_output", "save"]


def check_output(path: str, suffixes: Sequence[str], inputs: Sequence[str | None]) -> None:
    """Find out before the work whether its result can be written.

    Parameters
    ----------
    path : where the result goes.
    suffixes : endings that are known.
    inputs : files read, which must not be written over.

    Raises
    ------
    OutputError : another ending, no such folder, not writable, or one of the inputs.
    """
    target = Path(path)
    if target.suffix.lower() not in suffixes:
        raise OutputError(
            f"{path} must end in {' or '.join(suffixes)}, got {target.suffix or 'no ending'}; choose one of them."
        )
    if target.is_dir() or not target.parent.is_dir() or not os.access(target.parent, os.W_OK):
        raise OutputError(f"{path} cannot be written; choose a name in a folder that exists and is writable.")
    if any(
        source is not None and target.exists() and Path(source).exists() and target.samefile(source)
        for source in inputs
    ):
        raise OutputError(f"{path} is read by this command and would be lost; choose another name for the result.")


def save(explanation: Any, path: str, numbers: Any) -> None:
    """Write an explanation in the form that the ending names.

    Parameters
    ----------
    numbers : (rows,) number in the file of each explained row, for the ``row`` column of CSV and parquet.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".npz":
        explanation.save(path)
        return
    columns = dict(explanation.columns())
    first = next(iter(columns))
    columns[first] = numbers[columns[first]]
    if suffix == ".csv":
        _save_csv(columns, path)
        return
    from pellucid.core.parquet import write_file

    write_file(Path(path), columns, {"receipt": explanation.receipt.to_json()})


def _save_csv(columns: Mapping[str, Any], path: str) -> None:
    with writing(path) as stream, io.TextIOWrapper(stream, encoding="utf-8", newline="") as text:
        lines = csv.writer(text)
        lines.writerow(columns)
        lines.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
