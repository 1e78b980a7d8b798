"""Interactions of pairs from samples: error at equal budgets, against shapiq's approximators, and coverage.

``OMP_NUM_THREADS=1 python -m benchmarks.interactions [--seeds N] [--rows N]``; the truth is enumeration up to 13
columns and TreeSHAP for trees, so that networks of more columns are left out.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from itertools import combinations

import numpy as np

from benchmarks.any_model import Task, tasks
from pellucid.attribution import ShapleyInteractions, TreeSHAP
from pellucid.core.interactions import Interactions

ENUMERATED = 13
MOST_COLUMNS = 30
#: coalitions as a part of the number of pairs
BUDGETS = (2.5, 6.0)
#: an error below this part of the values is as good as none
LEAST = 1e-3
PEERS: dict[str, dict[str, object]] = {
    "KernelSHAPIQ": {"pairing_trick": True},
    "InconsistentKernelSHAPIQ": {"pairing_trick": True},
    "SVARMIQ": {},
    "PermutationSamplingSII": {},
    "ProxySHAP": {},
}


def truth(task: Task, row: int) -> np.ndarray:
    """(pairs,) Shapley interaction indices."""
    one = task.rows[row : row + 1]
    if task.players <= ENUMERATED:
        return ShapleyInteractions(task, task.background, index="SII").explain(one, check=False).values[0, :, 0]
    i, j = np.triu_indices(task.players, 1)
    return 2 * TreeSHAP(task.trees, task.background, exact=True).interactions(one).dense()[0, i, j, 0]


def sampled(task: Task, row: int, budget: int, seed: int) -> Interactions:
    method = ShapleyInteractions(task, task.background, index="SII", budget=budget, seed=seed)
    return method.explain(task.rows[row : row + 1], check=False)


def of_peer(name: str, task: Task, row: int, budget: int, seed: int) -> np.ndarray:
    from shapiq import approximator

    explained = task.rows[row]
    nobody = task.worth(explained, np.zeros((1, task.players)))[0]
    peer = getattr(approximator, name)(n=task.players, max_order=2, index="SII", random_state=seed, **PEERS[name])
    found = peer.approximate(budget, lambda coalitions: task.worth(explained, np.atleast_2d(coalitions)) - nobody)
    return np.array([found[pair] for pair in combinations(range(task.players), 2)])


def error(estimate: Callable[[int], np.ndarray], expected: np.ndarray, seeds: int) -> float:
    """Root mean square over seeds and pairs, as a part of that of the values."""
    square = np.mean([(estimate(seed) - expected) ** 2 for seed in range(seeds)])
    return max(LEAST, float(np.sqrt(square / np.mean(expected**2))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    print("error of ShapleyInteractions, and over that of each peer; coverage of its 95 % intervals")
    print(f"{'':<30}{'budget':>7}{'error':>9}{'cover':>7}  " + " ".join(f"{name[:14]:>14}" for name in PEERS))
    ratios = []
    for task in tasks(asked.rows):
        if task.players > ENUMERATED and (task.trees is None or task.players > MOST_COLUMNS):
            continue
        for factor in BUDGETS:
            ratios.append(_line(task, int(factor * task.players * (task.players - 1) / 2), asked.rows, asked.seeds))
    print(f"{'geometric mean':<55}" + " ".join(f"{ratio:>14.3f}" for ratio in np.exp(np.log(ratios).mean(axis=0))))
    print(f"{'worst':<55}" + " ".join(f"{ratio:>14.3f}" for ratio in np.max(ratios, axis=0)))


def _line(task: Task, budget: int, rows: int, seeds: int) -> np.ndarray:
    mine, inside, theirs = [], [], []
    for row in range(rows):
        expected = truth(task, row)
        runs = [sampled(task, row, budget, seed) for seed in range(seeds)]
        mine.append(error(lambda seed, runs=runs: runs[seed].values[0, :, 0], expected, seeds))
        inside += [np.abs(ex.values[0, :, 0] - expected) <= 1.96 * ex.stderr[0, :, 0] + 1e-12 for ex in runs]
        theirs.append(
            [
                error(lambda seed, name=name, row=row: of_peer(name, task, row, budget, seed), expected, seeds)
                for name in PEERS
            ]
        )
    ratio = np.exp(np.log(mine).mean() - np.log(theirs).mean(axis=0))
    print(
        f"{task.name:<30}{budget:>7}{np.mean(mine):>9.3f}{100 * np.mean(inside):>6.1f}%  "
        + " ".join(f"{one:>14.3f}" for one in ratio),
        flush=True,
    )
    return ratio


if __name__ == "__main__":
    main()
