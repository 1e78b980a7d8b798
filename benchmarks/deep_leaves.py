"""How interventional values grow with the players of a leaf and the rows of the background.

``python -m benchmarks.deep_leaves [--rows N]``, one thread, processor time. Every tree has 32 pairs of leaves of
k players each, and the numbers given are for a pair.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pellucid.core.forest import Decision, Forest
from pellucid.core.forest_background import Background
from pellucid.core.forest_shapley import interventional_shapley, path_dependent_shapley

SEED = 0
PLAYERS = (6, 8, 10, 12, 14, 16, 20)
BACKGROUNDS = (100, 1_000, 10_000)
BUSHY = 6  # levels below the chain of splits that all leaves share
HEADER = (
    f"{'players':>7} {'background':>10} {'adding a row, ns':>17} {'first row, µs':>14} {'one row more, ns':>17} "
    f"{'of many, ns':>12} {'path-dependent, ns':>19} {'MiB':>6}"
)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.deep_leaves", description=__doc__)
    parser.add_argument("--rows", type=int, default=4_000)
    asked = parser.parse_args()
    print(HEADER)
    for players in PLAYERS:
        for size in BACKGROUNDS:
            print(line(players, size, asked.rows), flush=True)
    return 0


def line(players: int, size: int, n: int) -> str:
    """A pair of leaves of so many players against so many background rows."""
    rng = np.random.default_rng(SEED)
    rows, others = rng.normal(size=(n, players)), rng.normal(size=(size, players))
    forest = of_players(players)
    background, before = Background(forest), resident()
    pairs = 2.0 ** (BUSHY - 1) * forest.n_trees

    def explain(some: np.ndarray) -> float:
        return seconds(lambda: interventional_shapley(forest, some, background, threads=1)) / len(some) / pairs * 1e9

    add = seconds(lambda: background.add(others, threads=1)) / size / pairs * 1e9
    first = explain(rows[:1]) / 1e3
    single = min(explain(rows[1:2]) for _ in range(9))
    many = min(explain(rows) for _ in range(2))
    held = resident() - before
    covers = min(seconds(lambda: path_dependent_shapley(forest, rows, threads=1)) for _ in range(2)) / n / pairs * 1e9
    return (
        f"{players:>7} {size:>10,} {add:>17.1f} {first:>14.2f} {single:>17.1f} {many:>12.1f} "
        f"{covers:>19.1f} {held:>6.0f}"
    )


def of_players(players: int, trees: int = 4) -> Forest:
    """Trees whose leaves, but for those that end the chain above, have so many players each."""
    rng = np.random.default_rng(SEED)
    chain = players - BUSHY
    feature, left, right = [], [], []
    for tree in range(trees):
        start = tree * (2 * chain + 2 ** (BUSHY + 1) - 1)
        for level in range(chain):
            feature += [level, -1]
            left += [start + 2 * level + 2, -1]
            right += [start + 2 * level + 1, -1]
        root = start + 2 * chain
        inner = 2**BUSHY - 1
        for node in range(2 ** (BUSHY + 1) - 1):
            level = (node + 1).bit_length() - 1
            feature.append(chain + level if node < inner else -1)
            left.append(root + 2 * node + 1 if node < inner else -1)
            right.append(root + 2 * node + 2 if node < inner else -1)
    return forest_of(np.array(feature), np.array(left), np.array(right), trees, players, rng)


def forest_of(
    feature: np.ndarray, left: np.ndarray, right: np.ndarray, trees: int, players: int, rng: np.random.Generator
) -> Forest:
    """Splits that about three in four rows pass to the left; covers to match."""
    n = len(feature)
    cover = np.ones(n)
    for node in range(n):
        if feature[node] >= 0:
            cover[left[node]], cover[right[node]] = 0.75 * cover[node], 0.25 * cover[node]
    return Forest(
        feature=feature.astype(np.int32),
        threshold=rng.normal(0.6745, 0.1, n),
        left=left.astype(np.int32),
        right=right.astype(np.int32),
        decision=np.full(n, Decision.LESS_EQUAL_F64, np.uint8),
        missing=np.zeros(n, np.uint8),
        default_left=np.zeros(n, bool),
        cover=cover,
        value=rng.normal(size=(n, 1)),
        set_start=np.zeros(n + 1, np.int64),
        set_words=np.zeros(0, np.uint32),
        roots=(np.arange(trees) * (n // trees)).astype(np.int32),
        tree_output=np.zeros(trees, np.int32),
        base=np.zeros(1),
        n_features=players,
    )


def seconds(run: Callable[[], object]) -> float:
    """Of the processor."""
    started = time.process_time()
    run()
    return time.process_time() - started


def resident() -> float:
    """Memory held, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    sys.exit(main())
