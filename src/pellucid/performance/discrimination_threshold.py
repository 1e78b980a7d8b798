"""Discrimination threshold: from which score on a row should be put into the positive class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.card import Card
from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_axis import Axis
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.key_figure import KeyFigure
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Either, Flag, Fraction, Nothing, Rising, Several, Whole, as_tuple
from pellucid.core.progress import track
from pellucid.core.receipt import Completeness
from pellucid.core.tables import read_table
from pellucid.core.target import TargetSpec, resolve_target
from pellucid.performance.costs import Cost, CostOf, cost_per_row
from pellucid.performance.counts import METRICS, Counts, count, nearest
from pellucid.performance.judged import NO_SUM, judge, read_labels, read_weights
from pellucid.performance.splits import check_trainable, shuffled_splits
from pellucid.performance.trials import Trials, drawn_trials, positive_class, trained_trials

__all__ = ["DiscriminationThreshold"]

Floats = NDArray[np.float64]


class DiscriminationThreshold(Method):
    """Precision, recall, F1, queue rate and cost over the score from which a row is put into the positive class.

    ``precision(t) = TP / (TP + FP)``, ``recall(t) = TP / (TP + FN)``, ``f1(t) = 2TP / (2TP + FP + FN)``,
    ``queue_rate(t) = TP + FP``, each of the rows with score ≥ t, and the median of each over many splits of the rows

    On each split a copy of the estimator is trained on one part and judged on the other; with ``refit=False`` the model
    as it is is judged on rows drawn again from X with replacement.

    Parameters
    ----------
    model : an estimator, trained or not; with ``refit=False`` a trained classifier, or a function from rows to scores.
    X : rows.
    y : (rows,) class of each.
    n_splits : how many splits, or draws.
    test_size : share of the rows that a split is judged on.
    quantiles : lower end of the band, curve, and upper end, over the splits.
    metrics : which of precision, recall, f1 and queue_rate.
    thresholds : how many, or rising numbers. So many lie evenly from 0 to 1, or over all scores where these are no
        probabilities.
    cost : price of what befalls a row, as ``{"false_positive": 1, "false_negative": 20, "review": 0.5}`` (also
        ``"true_positive"`` and ``"true_negative"``; ``"review"`` is paid for each row at or above the threshold), or a
        function of :class:`~pellucid.performance.counts.Counts`. It adds the target ``"cost"``, per row.
    refit : whether to train.
    cv : a splitter of scikit-learn's, or pairs of numbers of training and test rows, in place of those drawn here.
    sample_weight : (rows,) how much each counts, in training as well.
    seed : of the splits or draws.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    InputError : y does not fit the rows, holds one class, or a class is absent from a split.
    ArgumentTypeError, UnsupportedModelError : what cannot be trained, or gives no scores.

    Source
    ------
    van Rijsbergen (1979), Information retrieval, chapter 7 (precision, recall, F); Bengfort & Bilbro (2019),
    "Yellowbrick: visualizing the scikit-learn model selection process", Journal of Open Source Software 4(35), whose
    DiscriminationThreshold draws these curves.

    Deviations
    ----------
    From Yellowbrick: splits keep the share of each class, unless ``cv=`` says otherwise, so that none is absent;
    thresholds are a fixed grid, not as many as the split with fewest different scores has; quantiles are linear between
    splits, not scipy's ``mquantiles``; scores of decision_function are met by thresholds over their own range; F1 is 0
    where precision and recall are both 0, where it leaves the split out. As there, precision is
    1 where no row reaches the threshold.
    """

    card: ClassVar[Card] = Card(
        summary="Precision, recall, F1, queue rate and cost over the threshold of a classifier, and the best threshold",
        paper="Bengfort & Bilbro (2019), Yellowbrick: visualizing the scikit-learn model selection process",
        explains="Effect",
        needs="predict",
        background="none",
        completeness="not promised",
        cost="one training a split; with refit=False one model evaluation a row",
        limits="one class against the rest; with refit=False on training rows it flatters the model",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "n_splits": Whole(2),
        "test_size": Fraction(0, 1),
        "quantiles": Rising(3, 0, 1),
        "metrics": Several(METRICS),
        "thresholds": Either(Whole(2), Rising()),
        "cost": Either(Nothing(), CostOf()),
        "refit": Flag(),
        "seed": Whole(0),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self,
        model: Any,
        X: Any,
        y: Any,
        *,
        n_splits: int = 50,
        test_size: float = 0.1,
        quantiles: tuple[float, float, float] = (0.1, 0.5, 0.9),
        metrics: tuple[str, ...] = METRICS,
        thresholds: Any = 101,
        cost: Cost | None = None,
        refit: bool = True,
        cv: Any = None,
        sample_weight: Any = None,
        seed: int = 0,
        progress: bool | None = None,
    ) -> None:
        self.n_splits, self.test_size, self.seed = n_splits, test_size, seed
        self.quantiles, self.metrics, self.thresholds = as_tuple(quantiles), as_tuple(metrics), as_tuple(thresholds)
        self.cost: Any = cost
        self.refit, self.progress = refit, progress
        self.check_settings()
        self._cost, self._names = cost, (*self.metrics, *(["cost"] if cost is not None else []))
        if callable(cost):
            self.cost = getattr(cost, "__qualname__", type(cost).__name__)
        self._estimator, self._cv, self._weights = model, cv, None
        self._judged = None if refit else judge(model, X, y, sample_weight)
        if self._judged is not None:
            self._table, self._labels, self._truth = self._judged.table, self._judged.labels, self._judged.truth
            return
        check_trainable(model)
        self._table = read_table(X, what="X")
        self._labels, self._truth = read_labels(y, len(self._table), None)
        if sample_weight is not None:
            self._weights = read_weights(sample_weight, self._labels, self._truth)

    def explain(self, positive: Any = None, target: TargetSpec = None) -> Effect:
        """The curves over thresholds, and the best thresholds.

        Parameters
        ----------
        positive : the class whose rows are looked for, by its label; None is the second of two.
        target : name of one of the metrics, or ``"cost"``; None is all.

        Returns
        -------
        Effect with one curve over ``"threshold"``, whose targets are the metrics and the cost per row. Its key figures
        are the best thresholds: ``effect.figure("best threshold for f1")`` is where the curve is highest,
        ``"best threshold for cost"`` where it is lowest (of several the lowest threshold), each with the band of the
        best thresholds of the single splits.

        Raises
        ------
        ParameterError : no such class or metric, or of more than two classes none was chosen.
        InputError : a class is absent from a split.
        ModelFailedError : the estimator raised while it was trained, or the cost while it was computed.
        """
        started = perf_counter()
        number = positive_class(positive, self._labels)
        trials = self._trials(number)
        thresholds = trials.thresholds(self.thresholds)
        each = [(self._values(count(trial, thresholds)), nearest(trial, thresholds)) for trial in trials.each]
        found, near = (np.stack(part) for part in zip(*each, strict=True))
        low, middle, high = np.quantile(found, self.quantiles, axis=0)
        axis = Axis("threshold", "points", thresholds, False, near.mean(axis=0))
        bests = tuple(self._best(name, found, thresholds) for name in ("f1", "cost") if name in self._names)
        spread = f" ({self.quantiles[0]:.0%} to {self.quantiles[2]:.0%} of them)"
        said = (
            f"{one.name} {one.value:.3g}; of single splits {one.low:.3g} to {one.high:.3g}{spread}" for one in bests
        )
        receipt = effect_receipt(
            self,
            trials.model,
            resolve_target(None, self._names, n_rows=0),
            Completeness("not promised", reason=NO_SUM),
            probe=self._table,
            evaluations=trials.evaluations,
            started=started,
            unit="score",
            seed=self.seed,
            notes=(f"looked for: class {self._labels[number]!r}", trials.how, *said),
        )
        receipt = replace(receipt, target={**receipt.target, "of": str(self._labels[number])})
        effect = Effect(receipt, (Curve((axis,), middle, None, low, high),), "discrimination_threshold", bests)
        return effect if target is None else effect.target(target)  # type: ignore[arg-type]

    def _trials(self, positive: int) -> Trials:
        if self._judged is not None:
            return drawn_trials(self._judged, positive, self.n_splits, self.seed)
        splits = shuffled_splits(
            self._truth,
            self._labels,
            self._cv,
            n_splits=self.n_splits,
            test_size=self.test_size,
            seed=self.seed,
        )

        def shown(items: Iterable[Any]) -> Iterable[Any]:
            return track(items, total=len(splits), label="DiscriminationThreshold", show=self.progress)

        return trained_trials(
            self._estimator, self._table, self._labels, self._truth, self._weights, splits, positive, shown
        )

    def _values(self, counts: Counts) -> Floats:
        """(thresholds, targets)"""
        columns = [getattr(counts, name) for name in self.metrics]
        if self._cost is not None:
            columns.append(cost_per_row(self._cost, counts))
        return np.stack(columns, axis=-1)

    def _best(self, name: str, found: Floats, thresholds: Floats) -> KeyFigure:
        """Where the curve is best, with the band of where each split is best."""
        values = found[..., self._names.index(name)] * (-1.0 if name == "cost" else 1.0)
        low, middle, high = self.quantiles
        of_each = thresholds[values.argmax(axis=1)]
        value = thresholds[np.quantile(values, middle if name != "cost" else 1 - middle, axis=0).argmax()]
        ends = np.quantile(of_each, [low, high])
        return KeyFigure(f"best threshold for {name}", float(value), float(ends[0]), float(ends[1]), "threshold")
