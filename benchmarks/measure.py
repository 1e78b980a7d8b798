"""Time two sides in turn and state their ratio."""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Parameters
    ----------
    run : does the work and returns the values, (rows, features) or (rows, features, targets).
    rows : how many rows it explains; a slow peer gets fewer.
    """

    run: Callable[[], npt.ArrayLike]
    rows: int


@dataclass(frozen=True)
class Comparison:
    """One line of the table."""

    method: str
    work: str
    peer: str
    ours: float  #: seconds a row
    theirs: float  #: seconds a row
    ratio: float
    difference: float  #: largest |difference| over the rows both explained, as a part of the largest value
    note: str

    def line(self) -> str:
        return (
            f"{self.method:<22} {self.work:<58} {self.ours * 1e6:>10.2f} {self.peer:<26} {self.theirs * 1e6:>12.2f} "
            f"{self.ratio:>9.1f}× {self.difference:>9.1e}  {self.note}"
        )


HEADER = f"{'method':<22} {'work':<58} {'µs a row':>10} {'peer':<26} {'µs a row':>12} {'ratio':>10} {'max diff.':>9}"


def compare(method: str, work: str, peer: str, ours: Side, theirs: Side, *, repeats: int = 3) -> Comparison:
    """Run both sides in turn ``repeats`` times; the ratio is the median of the ratios of the turns."""
    ratios, mine, other = [], [], []
    for _ in range(repeats):
        seconds, values = timed(ours.run)
        peer_seconds, peer_values = timed(theirs.run)
        mine.append(seconds / ours.rows)
        other.append(peer_seconds / theirs.rows)
        ratios.append(other[-1] / mine[-1])
    note = "" if ours.rows == theirs.rows else f"peer on {theirs.rows:,} of {ours.rows:,} rows"
    return Comparison(
        method,
        work,
        peer,
        statistics.median(mine),
        statistics.median(other),
        statistics.median(ratios),
        difference(values, peer_values),
        note,
    )


def timed(run: Callable[[], npt.ArrayLike]) -> tuple[float, np.ndarray]:
    """Seconds and answer of one call, whatever it prints left out.

    With one thread, seconds of the processor, so that other work on the machine does not count; with more, of the wall.
    """
    clock = time.process_time if os.environ.get("OMP_NUM_THREADS") == "1" else time.perf_counter
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        started = clock()
        answer = run()
        seconds = clock() - started
    return seconds, np.asarray(answer)


def difference(values: np.ndarray, other: np.ndarray) -> float:
    """Largest absolute difference over the rows that both have, divided by the largest absolute value."""
    rows = min(len(values), len(other))
    first, second = (np.asarray(part[:rows], dtype=np.float64).reshape(rows, -1) for part in (values, other))
    return float(np.abs(first - second).max() / np.abs(second).max())
