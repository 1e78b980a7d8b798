"""What each kernel takes, on every instruction set: ``python -m benchmarks.kernels [--rows N] [--threads N]``.

Nanoseconds are for a row and tree: of the processor with one thread, then of the wall with one and with several. What
several threads gain is told by the wall, and by the processor: from all of its time with one thread to that of the
calling and the busiest other thread, in which other work on the machine does not count. The last column is the largest
difference to ``exact=True`` as a part of the largest value. Times are the least of alternate turns, with tables made.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.forests import complete_forest, some_rows
from benchmarks.measure import difference
from pellucid.core import native
from pellucid.core.forest import Forest, predict
from pellucid.core.forest_background import Background
from pellucid.core.forest_banzhaf import path_dependent_banzhaf
from pellucid.core.forest_effects import ForestEffects
from pellucid.core.forest_interactions import interventional_interactions, path_dependent_interactions
from pellucid.core.forest_shapley import interventional_shapley, path_dependent_shapley

COLUMNS, FEW_COLUMNS = 30, 12
COMPARED = 1_000
HEADER = (
    f"{'kernel':<44} {'path':<9} {'ns':>9} {'wall 1':>9} {'wall n':>9} {'gain':>6} {'of processor':>13} {'to exact':>9}"
)

#: with rows and a number of threads, and whether to be exact: values, or None where nothing is looked up in float32
Call = Callable[[np.ndarray, int, bool], np.ndarray | None]


@dataclass(frozen=True)
class Kernel:
    """One kernel at work.

    Parameters
    ----------
    trees : of the forest.
    rows : a part of the rows asked for, so that slow kernels take no longer.
    ready : makes the call; what it does itself is not timed.
    columns : of the forest: the more a tree asks for, the more sums are added when it is done.
    """

    name: str
    trees: int
    rows: float
    ready: Callable[[], Call]
    columns: int = COLUMNS


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.kernels", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", help="kernels whose name holds this")
    asked = parser.parse_args()
    print(f"{asked.rows:,} rows × {COLUMNS} columns (depth 8: a half, 12: a tenth), 1 and {asked.threads} threads")
    print(f"\n{HEADER}")
    for kernel in kernels():
        if asked.only in kernel.name:
            for path in (path.name for path in native.simd_paths() if path.available):
                with native.forced_simd_path(path):
                    print(line(kernel, path, asked.rows, asked.threads, asked.repeats), flush=True)
    return 0


def kernels() -> Iterator[Kernel]:
    """Every kernel, on forests of complete trees."""
    six = complete_forest(50, 6, COLUMNS)
    yield Kernel("predict, depth 6", 50, 1, lambda: partial(_predict, six))
    for depth in (4, 6, 7):
        forest = complete_forest(50, depth, COLUMNS)
        yield Kernel(f"path-dependent tables, depth {depth}", 50, 1, _ready(path_dependent_shapley, forest))
    few = complete_forest(50, 6, FEW_COLUMNS)
    name = f"path-dependent tables, depth 6, {FEW_COLUMNS} columns"
    yield Kernel(name, 50, 1, _ready(path_dependent_shapley, few), FEW_COLUMNS)
    for depth, trees, rows in ((8, 50, 0.5), (12, 5, 0.1)):
        forest = complete_forest(trees, depth, COLUMNS)
        yield Kernel(f"path-dependent quadrature, depth {depth}", trees, rows, _ready(path_dependent_shapley, forest))
    yield Kernel("path-dependent Banzhaf, depth 6", 50, 1, _ready(path_dependent_banzhaf, six))
    for size in (100, 1_000):
        yield Kernel(
            f"interventional, depth 6, background {size:,}", 50, 1, _against(interventional_shapley, six, size)
        )
    eight = complete_forest(50, 8, COLUMNS)
    name = "interventional, depth 8, background 1,000"
    yield Kernel(name, 50, 0.5, _against(interventional_shapley, eight, 1_000))
    yield Kernel("adding background, depth 6", 50, 1, lambda: partial(_add, Background(six)))
    yield Kernel("path-dependent interactions, depth 6", 50, 1, _ready(path_dependent_interactions, six))
    name = "interventional interactions, depth 6"
    yield Kernel(name, 50, 1, _against(interventional_interactions, six, 1_000))
    yield Kernel("partial dependence counts, depth 6", 50, 1, lambda: partial(_count, ForestEffects(six)))


def _ready(solve: Callable[..., tuple[np.ndarray, ...]], forest: Forest) -> Callable[[], Call]:
    """Values without a background; the forest keeps its tables."""

    def call(rows: np.ndarray, threads: int, exact: bool) -> np.ndarray:
        return _values(solve(forest, rows, threads=threads, exact=exact))

    return lambda: call


def _against(solve: Callable[..., tuple[np.ndarray, ...]], forest: Forest, size: int) -> Callable[[], Call]:
    """Values against a background of so many rows, which keeps its tables."""
    background = Background(forest).add(some_rows(size, COLUMNS, seed=2))

    def call(rows: np.ndarray, threads: int, exact: bool) -> np.ndarray:
        return _values(solve(forest, rows, background, threads=threads, exact=exact))

    return lambda: call


def _values(solved: tuple[np.ndarray, ...]) -> np.ndarray:
    """(rows, players or pairs, outputs): first of values and base, second of pairs, values, main effects and base."""
    return solved[0] if len(solved) == 2 else solved[1]


def _predict(forest: Forest, rows: np.ndarray, threads: int, _exact: bool) -> None:
    predict(forest, rows, threads=threads)


def _add(background: Background, rows: np.ndarray, threads: int, _exact: bool) -> None:
    background.add(rows, threads=threads)


def _count(effects: ForestEffects, rows: np.ndarray, threads: int, _exact: bool) -> None:
    effects.add(rows, threads=threads)


def line(kernel: Kernel, path: str, rows: int, threads: int, repeats: int) -> str:
    """One line of the table."""
    some = some_rows(int(rows * kernel.rows), kernel.columns)
    kernel.ready()(some, threads, False)
    counts = (1, threads)
    turns = [[timed(partial(kernel.ready(), some, count, False), count) for count in counts] for _ in range(repeats)]
    (wall, own), (wall_n, own_n) = np.min(turns, axis=0) / (len(some) * kernel.trees) * 1e9
    return (
        f"{kernel.name:<44} {path:<9} {own:>9.2f} {wall:>9.2f} {wall_n:>9.2f} {wall / wall_n:>5.2f}× "
        f"{own / own_n:>12.2f}× {rounding(kernel, some[:COMPARED], threads):>9}"
    )


def rounding(kernel: Kernel, rows: np.ndarray, threads: int) -> str:
    """The largest difference to ``exact=True``."""
    values, exact = (kernel.ready()(rows, threads, exactly) for exactly in (False, True))
    return "" if values is None or exact is None else f"{difference(values, exact):.1e}"


def timed(call: Callable[[], object], threads: int) -> tuple[float, float]:
    """Seconds of the wall, and of the processor.

    With one thread all of them: loops go to one of the engine's threads, but not always to the same. With more, those
    of the calling thread and of the busiest other.
    """
    before, started = processor_times(), time.perf_counter()
    call()
    wall = time.perf_counter() - started
    spent = {thread: seconds - before.get(thread, 0.0) for thread, seconds in processor_times().items()}
    own = spent.pop(threading.get_native_id())
    others = sorted(spent.values(), reverse=True)
    return wall, own + sum(others if threads == 1 else others[:1])


def processor_times() -> dict[int, float]:
    """Seconds of the processor that each thread of this process has had."""
    threads = [int(task.name) for task in Path("/proc/self/task").iterdir()]
    return {thread: time.clock_gettime(clock_of(thread)) for thread in threads}


def clock_of(thread: int) -> int:
    """The number by which Linux knows the processor clock of a thread."""
    return (~thread << 3) | 6


if __name__ == "__main__":
    sys.exit(main())
