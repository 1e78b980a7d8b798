"""KernelSHAP's time outside the model, part by part, beside shap's: ``python -m benchmarks.any_model_time``.

Processor milliseconds of 100 rows of a network at eight coalitions a player, the model's own left out; with
``OMP_NUM_THREADS=1``, since threads that wait count too.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.any_model import BUDGET, Task, tasks
from pellucid import _native
from pellucid.attribution import KernelSHAP
from pellucid.attribution.shapley import kernel_shap
from pellucid.maskers.background import Background

ROWS = 100
PARTS = ("coalitions", "mixing", "sums", "fit")


def main() -> None:
    """Both sides in turn, then what changes with the model, the batch size and the kind of table."""
    warnings.simplefilter("ignore")
    networks = [task for task in tasks(ROWS) if task.name.endswith("MLP")]
    said = " ".join(f"{part:>10}" for part in ("first call", "second", *PARTS, "shap", "ratio"))
    print(f"\nprocessor ms outside the model, {ROWS} rows, {BUDGET} coalitions a player; the parts of the first call")
    print(f"{'':<28}{said}")
    for task in networks:
        beside_shap(task)
    print(f"\nprocessor ms outside the model of a second call, {ROWS} rows")
    for task in networks[::3]:
        for batch_size in (16_384, 4_096, 2_048):
            variant(f"{task.name}, batches of {batch_size:,}", task, batch_size=batch_size)
    for task in networks[:3:2]:
        free = Task(task.name, lambda rows: rows[:, 0], task.background, task.rows)
        variant(f"{task.name}: a model that costs nothing", free)
        variant(f"{task.name}: pandas, columns of one type", task, framed(task, whole=0))
        variant(f"{task.name}: pandas, one column of integers", task, framed(task, whole=1))
    row = Task(networks[2].name, networks[2].predict, networks[2].background, networks[2].rows[:1])
    variant(f"{row.name}: a single row, {128 * row.players:,} coalitions", row, budget=128 * row.players)


def beside_shap(task: Task) -> None:
    import shap

    method = KernelSHAP(task, task.background, budget=BUDGET * task.players)
    with parts() as spent:
        first = outside(task, lambda: method.explain(task.rows))
    second = outside(task, lambda: method.explain(task.rows))
    explainer = shap.KernelExplainer(task, task.background)
    settings = {"nsamples": BUDGET * task.players, "l1_reg": False, "silent": True}
    theirs = outside(task, lambda: explainer.shap_values(task.rows, **settings))
    inside = [spent["coalitions"], spent["mixing"], spent["sums"], spent["fit"]]
    numbers = [first, second, *inside, theirs]
    print(
        f"{task.name:<28}" + " ".join(f"{1e3 * n:>10,.1f}" for n in numbers) + f" {theirs / first:>9.1f}×", flush=True
    )


def variant(said: str, task: Task, tables: tuple[Any, Any] | None = None, **settings: int) -> None:
    background, rows = tables or (task.background, task.rows)
    method = KernelSHAP(task, background, **{"budget": BUDGET * task.players, **settings})
    method.explain(rows)
    print(f"{said:<64}{1e3 * outside(task, lambda: method.explain(rows)):>10,.1f}", flush=True)


def framed(task: Task, *, whole: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Background and rows as frames, some first columns of integers."""
    names = [f"x{j}" for j in range(task.players)]
    frames = (pd.DataFrame(array, columns=names) for array in (task.background, task.rows))
    background, rows = (frame.astype(dict.fromkeys(names[:whole], np.int64)) for frame in frames)
    return background, rows


def outside(task: Task, run: Callable[[], object]) -> float:
    """Processor seconds, the model's own left out."""
    task.seconds = 0.0
    started = time.process_time()
    run()
    return time.process_time() - started - task.seconds


@contextmanager
def parts() -> Iterator[dict[str, float]]:
    """Processor seconds of each part of KernelSHAP, filled in while the context is open."""
    spent = dict.fromkeys(PARTS, 0.0)

    def clocked(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            started = time.process_time()
            try:
                return function(*given, **named)
            finally:
                spent[part] += time.process_time() - started

        return timed

    def mixed(*given: Any, **named: Any) -> Iterator[Any]:
        batches = inputs(*given, **named)
        step = clocked("mixing", lambda: next(batches, None))
        yield from iter(step, None)

    inputs = Background.inputs
    with ExitStack() as patched:
        patched.enter_context(patch.object(Background, "inputs", mixed))
        for owner, name, part in (
            (kernel_shap, "sampled_pairs", "coalitions"),
            (kernel_shap, "LeastSquares", "fit"),
            (kernel_shap, "fit_odd_interactions", "fit"),
            (_native, "add_weighted", "sums"),
        ):
            patched.enter_context(patch.object(owner, name, clocked(part, getattr(owner, name))))
        yield spent


if __name__ == "__main__":
    main()
