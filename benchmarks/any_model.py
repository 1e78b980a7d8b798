"""Shapley values of any model at eight coalitions a player: error per model call, and coverage.

``OMP_NUM_THREADS=1 python -m benchmarks.any_model [--seeds N] [--rows N]``, with shap and shapiq beside; the truth is
enumeration up to 13 columns, TreeSHAP for trees, and a run of 40,000 coalitions otherwise.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from sklearn import datasets
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from pellucid.attribution import ExactSHAP, KernelSHAP, ProxySHAP, TreeSHAP
from pellucid.core.attribution import Attribution

Predict = Callable[[np.ndarray], np.ndarray]
Estimator = Callable[["Task", int, int], np.ndarray]

BACKGROUND = 50
BUDGET = 8  # coalitions a player
TRUTH = 40_000
SHAPIQ = ("KernelSHAP", "LeverageSHAP", "PermutationSamplingSV", "SVARM", "PolySHAP", "OddSHAP", "ProxySHAP")


@dataclass(eq=False)
class Task:
    """A fitted model, the rows to explain and the background.

    Parameters
    ----------
    predict : (rows, features) → (rows,).
    trees : the model where TreeSHAP explains what ``predict`` gives.
    """

    name: str
    predict: Predict
    background: np.ndarray
    rows: np.ndarray
    trees: object = None
    seconds: float = field(default=0.0, init=False)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """The model, its time added up."""
        started = time.process_time()
        answer = self.predict(np.asarray(X, dtype=np.float64))
        self.seconds += time.process_time() - started
        return answer

    @property
    def players(self) -> int:
        return self.rows.shape[1]

    @property
    def budget(self) -> int:
        return BUDGET * self.players

    @cached_property
    def truth(self) -> np.ndarray:
        if self.trees is not None:
            return TreeSHAP(self.trees, self.background).explain(self.rows).values[:, :, 0]
        if self.players <= 13:
            return ExactSHAP(self, self.background).explain(self.rows).values[:, :, 0]
        return KernelSHAP(self, self.background, budget=TRUTH, seed=1_000).explain(self.rows).values[:, :, 0]

    def worth(self, row: np.ndarray, coalitions: np.ndarray) -> np.ndarray:
        """(coalitions,) mean answer with the columns of a coalition from the row, the others from the background."""
        mixed = np.where(np.asarray(coalitions, dtype=bool)[:, np.newaxis, :], row, self.background)
        return self(mixed.reshape(-1, self.players)).reshape(len(mixed), -1).mean(axis=1)


def tasks(rows: int) -> Iterator[Task]:
    """Four sets that scikit-learn ships, three models each; of several classes one against the rest."""
    for name, load in (
        ("diabetes", datasets.load_diabetes),
        ("wine", datasets.load_wine),
        ("cancer", datasets.load_breast_cancer),
        ("digits", datasets.load_digits),
    ):
        X, y = load(return_X_y=True)
        order = np.random.default_rng(0).permutation(len(X))
        X, y = X[order], y[order] if name == "diabetes" else y[order] == 1
        few, train = (
            (X[:BACKGROUND], X[BACKGROUND : BACKGROUND + rows]),
            (X[BACKGROUND + rows :], y[BACKGROUND + rows :]),
        )
        for kind, predict, trees in _models(name == "diabetes", *train):
            yield Task(f"{name} {X.shape[1]}, {kind}", predict, *few, trees)


def _models(regression: bool, X: np.ndarray, y: np.ndarray) -> Iterator[tuple[str, Predict, object]]:
    if regression:
        network = MLPRegressor(hidden_layer_sizes=(64, 32), max_iter=800, random_state=0)
        yield "MLP", make_pipeline(StandardScaler(), network).fit(X, y).predict, None
        boosted = GradientBoostingRegressor(random_state=0).fit(X, y)
        yield "gradient boosting", boosted.predict, boosted
        yield "SVM", make_pipeline(StandardScaler(), SVR(C=100)).fit(X, y).predict, None
        return
    for kind, model in (
        ("MLP", MLPClassifier(hidden_layer_sizes=(64, 32), max_iter=500, random_state=0)),
        ("logistic", LogisticRegression(max_iter=3_000)),
    ):
        fitted = make_pipeline(StandardScaler(), model).fit(X, y)
        yield kind, lambda rows, fitted=fitted: fitted.predict_proba(rows)[:, 1], None
    boosted = GradientBoostingClassifier(n_estimators=60, random_state=0).fit(X, y)
    yield "gradient boosting", boosted.decision_function, boosted


def explained(task: Task, row: int, seed: int) -> Attribution:
    method = KernelSHAP(task, task.background, budget=task.budget, seed=seed)
    return method.explain(task.rows[row : row + 1], check=False)


def ours(task: Task, row: int, seed: int) -> np.ndarray:
    return explained(task, row, seed).values[0, :, 0]


def shap_kernel(task: Task, row: int, seed: int) -> np.ndarray:
    import shap

    np.random.seed(seed)
    explainer = shap.KernelExplainer(task, task.background)
    return explainer.shap_values(task.rows[row], nsamples=task.budget, l1_reg=False, silent=True)


def shap_permutation(task: Task, row: int, seed: int) -> np.ndarray:
    import shap

    masker = shap.maskers.Independent(task.background, max_samples=len(task.background))
    explainer = shap.explainers.Permutation(task, masker, seed=seed)
    return explainer(task.rows[row : row + 1], max_evals=task.budget, silent=True).values[0]


def shapiq_estimator(name: str) -> Estimator:
    def run(task: Task, row: int, seed: int) -> np.ndarray:
        from shapiq import approximator

        explained = task.rows[row]
        nobody = task.worth(explained, np.zeros((1, task.players)))[0]
        found = getattr(approximator, name)(n=task.players, random_state=seed).approximate(
            task.budget, lambda coalitions: task.worth(explained, np.atleast_2d(coalitions)) - nobody
        )
        return np.array([found[(j,)] for j in range(task.players)])

    return run


def errors(task: Task, estimate: Estimator, seeds: int) -> np.ndarray:
    """(seeds,) mean square error over rows and columns."""
    return np.array(
        [
            np.mean([(estimate(task, row, seed) - task.truth[row]) ** 2 for row in range(len(task.rows))])
            for seed in range(seeds)
        ]
    )


def error_table(rows: int, seeds: int) -> None:
    peers: dict[str, Estimator] = {"shap Kernel": shap_kernel, "shap Permutation": shap_permutation}
    peers |= {f"shapiq {name}": shapiq_estimator(name) for name in SHAPIQ}
    print(f"\nerror of KernelSHAP over that of each peer, {BUDGET} coalitions a player, {rows} rows × {seeds} seeds")
    print(f"{'':<28}{'our error':>10}  " + " ".join(f"{name.split()[-1][:12]:>12}" for name in peers))
    ratios = []
    for task in tasks(rows):
        mine = np.sqrt(errors(task, ours, seeds).mean())
        theirs = [np.sqrt(errors(task, peer, seeds).mean()) for peer in peers.values()]
        ratios.append(mine / np.array(theirs))
        print(f"{task.name:<28}{mine:>10.2e}  " + " ".join(f"{ratio:>12.3f}" for ratio in ratios[-1]), flush=True)
    print(f"{'geometric mean':<40}" + " ".join(f"{ratio:>12.3f}" for ratio in np.exp(np.log(ratios).mean(axis=0))))
    print(f"{'worst':<40}" + " ".join(f"{ratio:>12.3f}" for ratio in np.max(ratios, axis=0)))


def coverage_table(rows: int, seeds: int) -> None:
    """How often the truth lies within 1.96 standard errors of the value."""
    print(f"\ncoverage of 95 % intervals, {BUDGET} coalitions a player, {rows} rows × {seeds} seeds")
    for task in tasks(rows):
        runs = [(explained(task, row, seed), row) for row in range(rows) for seed in range(seeds)]
        inside = [np.abs(ex.values[0, :, 0] - task.truth[row]) <= 1.96 * ex.stderr[0, :, 0] for ex, row in runs]
        print(f"{task.name:<28}{100 * np.mean(inside):>6.1f} %", flush=True)


def proxy_table(seeds: int) -> None:
    """Errors of ProxySHAP over those of KernelSHAP where coalitions are many, and processor seconds a row of each."""
    print(f"\nProxySHAP against KernelSHAP, 1 row × {seeds} seeds: error, and seconds in all")
    for task in tasks(1):
        if task.players < 30:
            continue
        for each in (8, 32, 128):
            (mine, spent), (kernel, kernel_spent) = (
                _error_and_seconds(task, method, each * task.players, seeds) for method in (ProxySHAP, KernelSHAP)
            )
            print(
                f"{task.name:<28}{each * task.players:>6,} coalitions  {mine:.2e} {spent:5.1f} s   KernelSHAP "
                f"{kernel:.2e} {kernel_spent:5.1f} s   ratio {mine / kernel:.2f}",
                flush=True,
            )


def _error_and_seconds(task: Task, method: type, budget: int, seeds: int) -> tuple[float, float]:
    started = time.process_time()
    runs = [method(task, task.background, budget=budget, seed=seed).explain(task.rows) for seed in range(seeds)]
    spent = (time.process_time() - started) / seeds
    error = np.sqrt(np.mean([(run.values[:, :, 0] - task.truth) ** 2 for run in runs]))
    return float(error), spent


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.any_model", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--rows", type=int, default=2)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    coverage_table(asked.rows, asked.seeds)
    error_table(asked.rows, asked.seeds)
    proxy_table(3)


if __name__ == "__main__":
    main()
