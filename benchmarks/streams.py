"""Millions of rows through TreeSHAP in bounded memory: ``python -m benchmarks.streams [--rows N] [--columns N]``.

Each line is a process of its own, and its peak memory is that process's high-water mark. The last lines kill a run
half-way and take it up again.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

PIECE = 100_000
SEED = 0
MODEL, SOURCE = "model.ubj", "rows.parquet"
HEADER = f"{'work':<52} {'seconds':>8} {'rows a second':>14} {'peak MiB':>9}  note"


def main() -> int:
    """Make model and rows in a temporary folder, then run every case in turn."""
    parser = argparse.ArgumentParser(prog="benchmarks.streams", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--case", choices=CASES, help="run this one in this process")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.case:
        return run_case(asked.case, asked.folder, asked.rows, asked.columns)
    with tempfile.TemporaryDirectory() as folder:
        everything(Path(folder), asked.rows, asked.columns)
    return 0


def everything(folder: Path, rows: int, columns: int) -> None:
    """Print the table."""
    asked = ["--folder", str(folder), "--rows", str(rows), "--columns", str(columns)]
    print(f"{rows:,} rows × {columns} columns, XGBoost 100 trees × depth 6, chunks of 50,000\n\n{HEADER}")
    for case, work in CASES.items():
        print(line(work.__doc__ or case, child(case, asked)), flush=True)
    print(killed_and_resumed(folder, asked), flush=True)


def line(work: str, measured: dict[str, Any]) -> str:
    """One line of the table."""
    seconds, rows = measured["seconds"], measured["rows"]
    return (
        f"{work.rstrip('.'):<52} {seconds:>8.1f} {rows / seconds:>14,.0f} {measured['peak']:>9.0f}  {measured['note']}"
    )


def child(case: str, asked: list[str]) -> dict[str, Any]:
    """A case in a process of its own."""
    done = subprocess.run(command(case, asked), stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout))


def command(case: str, asked: list[str]) -> list[str]:
    return [sys.executable, "-m", "benchmarks.streams", "--case", case, *asked]


def run_case(case: str, folder: Path, rows: int, columns: int) -> int:
    """Run one case and print what it took, as JSON."""
    started = time.perf_counter()
    note = CASES[case](folder, rows, columns)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "rows": rows, "peak": peak(), "note": note}))
    return 0


def peak() -> float:
    """Most memory that this process has held, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def pieces(rows: int, columns: int) -> Iterator[np.ndarray]:
    """Normal numbers, one value in 50 missing."""
    rng = np.random.default_rng(SEED)
    for start in range(0, rows, PIECE):
        piece = rng.standard_normal((min(PIECE, rows - start), columns))
        piece[rng.random(piece.shape) < 0.02] = np.nan
        yield piece


def frames(rows: int, columns: int) -> Iterator[Any]:
    import pandas as pd

    names = [f"x{j}" for j in range(columns)]
    return (pd.DataFrame(piece, columns=names) for piece in pieces(rows, columns))


def make_source(folder: Path, rows: int, columns: int) -> str:
    """Training, and writing the source file."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import xgboost

    first = next(frames(min(rows, PIECE), columns))
    filled = first.fillna(0.5)
    goal = filled["x0"] * filled["x1"] + filled.iloc[:, 2:12].sum(axis=1)
    xgboost.XGBRegressor(n_estimators=100, max_depth=6, n_jobs=1, random_state=SEED).fit(first, goal).save_model(
        folder / MODEL
    )
    with pq.ParquetWriter(folder / SOURCE, pa.Schema.from_pandas(first)) as writer:
        for frame in frames(rows, columns):
            writer.write_table(pa.Table.from_pandas(frame))
    return f"{(folder / SOURCE).stat().st_size / 2**20:,.0f} MiB"


def method(folder: Path) -> Any:
    import xgboost

    from pellucid.attribution import TreeSHAP

    model = xgboost.XGBRegressor()
    model.load_model(folder / MODEL)
    return TreeSHAP(model)


def file_to_parts(folder: Path, rows: int, columns: int) -> str:
    """parquet file → parquet parts."""
    written = method(folder).stream(folder / SOURCE, folder / "values.parquet")
    size = sum(part.stat().st_size for part in written.path.iterdir())
    return f"{written.parts} parts, {size / 2**20:,.0f} MiB, checked {written.receipt.completeness.rows:,} rows"


def file_to_reducer(folder: Path, rows: int, columns: int) -> str:
    """parquet file → mean |value|."""
    from pellucid.core.streams import MeanAbsolute

    return _first(method(folder).stream(folder / SOURCE, MeanAbsolute()))


def iterator_to_reducer(folder: Path, rows: int, columns: int) -> str:
    """iterator of frames (made on the way) → mean |value|."""
    from pellucid.core.streams import MeanAbsolute

    return _first(method(folder).stream(frames(rows, columns), MeanAbsolute()))


def file_to_quantiles(folder: Path, rows: int, columns: int) -> str:
    """parquet file → quantiles."""
    from pellucid.core.streams import Quantiles

    table = method(folder).stream(folder / SOURCE, Quantiles()).result()
    return f"median of x0 {table.values[2, 0, 0]:.4f}"


def _first(reducer: Any) -> str:
    importance = reducer.result()
    return f"x0 {importance.values[0, 0]:.4f} ± {importance.stderr[0, 0]:.4f}"


CASES: dict[str, Callable[[Path, int, int], str]] = {
    "make_source": make_source,
    "file_to_parts": file_to_parts,
    "file_to_reducer": file_to_reducer,
    "iterator_to_reducer": iterator_to_reducer,
    "file_to_quantiles": file_to_quantiles,
}


def killed_and_resumed(folder: Path, asked: list[str]) -> str:
    """Kill the run to parts when half of them are there; the second run must leave these as they are."""
    parts = folder / "values.parquet"
    total = len(list(parts.iterdir()))
    before = {part.name: part.read_bytes() for part in sorted(parts.iterdir())[:: max(1, total // 20)]}
    for part in parts.iterdir():
        part.unlink()
    with subprocess.Popen(command("file_to_parts", asked), stdout=subprocess.DEVNULL) as process:
        while len(list(parts.glob("part-*.parquet"))) < total // 2:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    kept = {part.name: part.stat().st_mtime_ns for part in parts.glob("part-*.parquet")}
    measured = child("file_to_parts", asked)
    untouched = all((parts / name).stat().st_mtime_ns == then for name, then in kept.items())
    same = all(_values(parts / name) == _values_of(content) for name, content in before.items())
    measured["note"] = f"{len(kept)} of {total} parts kept, untouched: {untouched}, same values: {same}"
    return line("killed half-way and taken up again", measured)


def _values(path: Path) -> bool:
    return _values_of(path.read_bytes())


def _values_of(content: bytes) -> Any:
    import io

    import pyarrow.parquet as pq

    return pq.read_table(io.BytesIO(content)).replace_schema_metadata(None)


if __name__ == "__main__":
    sys.exit(main())
