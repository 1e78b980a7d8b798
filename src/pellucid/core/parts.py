"""A stream's explanations as a folder of finished parquet files, which a later run takes up where this one stopped."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core import parquet
from pellucid.core.attribution import Attribution
from pellucid.core.errors import FileFormatError, OutputError
from pellucid.core.merging import merge_receipts, of_any_length
from pellucid.core.model import PROBE_ROWS
from pellucid.core.params import Either, Nothing, Whole, check_settings
from pellucid.core.receipt import Receipt
from pellucid.core.reducers import labels
from pellucid.core.sinks import Explain, Sink
from pellucid.core.tables import Table

__all__ = ["Parquet", "Written", "read_receipt"]

FORMAT = 1
PART = re.compile(r"part-(\d{6,})\.parquet")
UNFINISHED = re.compile(r"\.part-\d{6,}\.parquet\..*\.part")
#: settings that change how long a run takes and not what it finds
PACE = ("batch_size", "progress", "threads")


@dataclass(frozen=True)
class Written:
    """What a stream into parquet files made; usable as a path.

    Parameters
    ----------
    path : the folder; pandas, polars and pyarrow read it as one table.
    parts : number of files in it.
    receipt : of all rows together.
    """

    path: Path
    parts: int
    receipt: Receipt

    def __fspath__(self) -> str:
        return str(self.path)


class Parquet(Sink):
    """A folder of parquet files, ``part-000000.parquet`` and so on, one for each chunk.

    Each file appears only when it is whole and carries the receipt of its chunk, so whatever stops a run, the finished
    chunks are kept. A later run with the same method, settings, model and source keeps them and goes on; one that
    differs is refused.

    Parameters
    ----------
    path : the folder, whose name ends in ``.parquet``; what holds it must exist.
    top : write only the so many largest values a row and target, with the names of their features and the sum of the
        ``rest``; None writes one column a feature.

    Raises
    ------
    OutputError : the path does not end in ``.parquet``.
    ParameterError : ``top`` is not a whole number of at least 1.
    """

    def __init__(self, path: str | os.PathLike[str], *, top: int | None = None) -> None:
        check_settings("Parquet", {"top": Either(Nothing(), Whole(1))}, {"top": top})
        self.path = Path(path)
        self.top = top
        self._chunk = 0
        self._finished = 0
        self._receipt: Receipt | None = None
        if self.path.suffix != ".parquet":
            raise OutputError(f"sink: a path must end in .parquet, got {self.path.name!r}; rename it.")

    def begin(self, explain: Explain, first: Table, chunk: int) -> None:
        """Look at what is there.

        Raises
        ------
        OutputError : the folder cannot be written, holds other files, or the parts of another run.
        """
        _check_place(self.path)
        self._chunk, self._receipt = chunk, None
        self._finished = _finished_parts(self.path)
        if self._finished:
            note = _note(self.path, 0)
            self._same("chunk", note["chunk"], chunk)
            self._same("top", note["top"], self.top)
            fresh = _identity(explain(first.rows(slice(0, PROBE_ROWS)).native).receipt)
            for name, then in _identity(Receipt.from_json(note["receipt"])).items():
                self._same(name, then, fresh[name])

    def has(self, number: int, rows: Table) -> bool:
        """Whether the chunk is there already.

        Raises
        ------
        OutputError : the part was made of other rows.
        """
        if number >= self._finished:
            return False
        note = _note(self.path, number)
        self._same(f"the rows of part {number}", note["rows"], rows.fingerprint())
        self._add(Receipt.from_json(note["receipt"]))
        return True

    def write(self, number: int, start: int, rows: Table, explained: Attribution) -> None:
        """Write one part.

        Raises
        ------
        OutputError : it cannot be written; the parts before it are kept.
        """
        lines = _lines(explained, start) if self.top is None else _top_lines(explained, start, self.top)
        receipt = of_any_length(explained.receipt)
        note = {"format": FORMAT, "chunk": self._chunk, "top": self.top, "rows": rows.fingerprint()}
        _made(self.path)
        parquet.write_file(_part(self.path, number), lines, {**note, "receipt": receipt.to_json()})
        self._add(receipt)

    def end(self, chunks: int) -> Written:
        """The folder and its receipt.

        Raises
        ------
        OutputError : the folder has more parts than the source has chunks.
        """
        if self._finished > chunks:
            self._same("the number of chunks", self._finished, chunks)
        return Written(self.path, chunks, read_receipt(self.path) if self._receipt is None else self._receipt)

    def _add(self, receipt: Receipt) -> None:
        self._receipt = receipt if self._receipt is None else merge_receipts(self._receipt, receipt)

    def _same(self, name: str, then: object, now: object) -> None:
        if then != now:
            raise OutputError(
                f"{self.path} holds the parts of another run, {name} was {_short(then)} and is now {_short(now)}; "
                f"repeat that run unchanged to go on with it, delete the folder, or choose another."
            )


def read_receipt(path: str | os.PathLike[str]) -> Receipt:
    """The receipt of all finished parts in a folder that a stream wrote.

    Raises
    ------
    FileFormatError : there are none, or one is damaged.
    """
    folder = Path(path)
    receipts = [Receipt.from_json(_note(folder, number)["receipt"]) for number in range(_finished_parts(folder))]
    if not receipts:
        raise FileFormatError(f"{folder} holds no finished part of a stream; check the path.")
    merged = receipts[0]
    for receipt in receipts[1:]:
        merged = merge_receipts(merged, receipt)
    return merged


def _part(folder: Path, number: int) -> Path:
    return folder / f"part-{number:06d}.parquet"


def _note(folder: Path, number: int) -> dict[str, Any]:
    note = parquet.read_note(_part(folder, number))
    if note["format"] > FORMAT:
        raise FileFormatError(
            f"{_part(folder, number)} has format {note['format']} and this version reads up to {FORMAT}; "
            f"pip install --upgrade pellucid."
        )
    return note


def _check_place(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path} is a file where a folder of parts is to go; delete it or choose another path.")
    nearest = path if path.is_dir() else path.parent
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise OutputError(f"{path} cannot be written; choose a folder that exists and is writable.")


def _made(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be made: {error.strerror or error}; choose a folder that exists and is writable."
        ) from error


def _finished_parts(folder: Path) -> int:
    """Number of parts; what a killed run left half-written is removed."""
    numbers = set()
    for entry in folder.iterdir() if folder.is_dir() else ():
        found = PART.fullmatch(entry.name)
        if found:
            numbers.add(int(found[1]))
        elif UNFINISHED.fullmatch(entry.name):
            entry.unlink(missing_ok=True)
        else:
            raise OutputError(f"{folder} holds something else, {entry.name!r}; choose a folder of its own.")
    if numbers != set(range(len(numbers))):
        lost = min(set(range(len(numbers))) - numbers)
        raise OutputError(f"{folder} lacks part {lost} of {len(numbers)}; delete the folder or put the part back.")
    return len(numbers)


def _identity(receipt: Receipt) -> dict[str, Any]:
    """What must not change between two runs into one folder, as plain JSON values."""
    kept = {
        "method": receipt.method,
        "settings": {name: value for name, value in receipt.settings.items() if name not in PACE},
        "model": receipt.model,
        "model_fingerprint": receipt.model_fingerprint,
        "target": of_any_length(receipt).target,
        "unit": receipt.unit,
        "background": receipt.background,
    }
    return dict(json.loads(json.dumps(kept, default=str)))


def _lines(explained: Attribution, start: int) -> dict[str, NDArray[Any]]:
    """One line a row and target, rows numbered as in the source, with the standard errors where there are any."""
    columns = dict(explained.columns())
    row = next(iter(columns))
    columns[row] = columns[row] + start
    if explained.stderr is not None:
        names, _ = labels(explained)
        errors = explained.stderr.reshape(len(explained), len(names), -1)
        columns.update({f"stderr {name}": errors[:, j].ravel() for j, name in enumerate(names)})
    return columns


def _top_lines(explained: Attribution, start: int, top: int) -> Mapping[str, NDArray[Any]]:
    """One line a row and target: the largest values, their features, and what is left."""
    names, values = labels(explained)
    flat = values.transpose(0, 2, 1).reshape(-1, len(names))
    order = np.argsort(-np.abs(flat), axis=1, kind="stable")[:, :top]
    largest = np.take_along_axis(flat, order, axis=1)
    targets = len(explained.target_names)
    lines: dict[str, NDArray[Any]] = {
        "row": np.repeat(np.arange(start, start + len(explained)), targets),
        "target": np.array(list(explained.target_names) * len(explained), dtype=object),
    }
    if explained.base is not None:
        lines["base"] = explained.base.ravel()
    for place in range(order.shape[1]):
        lines[f"feature {place + 1}"] = np.array(names, dtype=object)[order[:, place]]
        lines[f"value {place + 1}"] = largest[:, place]
    lines["rest"] = flat.sum(axis=1) - largest.sum(axis=1)
    if explained.base is not None:
        lines["prediction"] = explained.predictions.ravel()
    return lines


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:60]}…"
