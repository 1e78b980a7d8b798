"""Permutation importance: how much worse a model scores when a feature's values are shuffled among the rows."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any, ClassVar

from pellucid.core.card import Card
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.errors import ParameterError
from pellucid.core.importance import Importance
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Either, Flag, Nothing, Whole
from pellucid.core.progress import track
from pellucid.core.target import TargetSpec, resolve_target
from pellucid.core.truth import sample_weights, true_values
from pellucid.effects.answers import answers_of
from pellucid.effects.features import column_groups
from pellucid.effects.jackknife import GROUPS, error_over_rows, group_of_rows
from pellucid.effects.scoring import Scorers
from pellucid.effects.shuffles import Shuffles, error_of_mean
from pellucid.models import as_model

__all__ = ["PermutationImportance"]


class PermutationImportance(Method):
    """The fall of a score when a feature is shuffled.

    ``I_j = s(f; X, y) − (1/R) Σ_r s(f; X with column j in order π_r, y)``

    Of a sum of trees only the trees that ask for a feature are asked again; the others' sum is kept. With the same seed
    the orders are those of scikit-learn's ``permutation_importance(random_state=seed)``, and so are the importances.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    X : rows.
    y : (rows,) or (rows, outputs) what is true of them.
    scoring : None for R² or accuracy; a name that scikit-learn knows, a function (estimator, X, y), a list of names,
        or a mapping of names to either.
    n_repeats : R, orders for each feature.
    seed : of the orders, and of the groups.
    groups : None, or into how many groups the rows are parted for a standard error over rows: scores are taken anew
        without each in turn, neither its rows nor those that were given its values. Models that are not sums of trees
        are asked again for it.
    sample_weight : (rows,) how much each counts in the score.
    threads : for trees; None takes what the machine grants. The values have the same bits for any number.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    InputError, ColumnsError : rows that do not fit the model, or y or weights that do not fit the rows.
    ParameterError, ArgumentTypeError : an unknown scorer.

    Source
    ------
    Breiman (2001), "Random forests", Machine Learning 45, section 10; Fisher, Rudin & Dominici (2019), "All models are
    wrong, but many are useful", Journal of Machine Learning Research 20, section 3.

    Deviations
    ----------
    eli5 and mlxtend draw all orders from one stream, feature after feature: one order from the same state gives the
    same fall, means agree within their errors. Groups are shuffled as one; of a list of columns eli5 0.16 shuffles a
    copy and so nothing, mlxtend 0.25 as many of the first columns.
    """

    card: ClassVar[Card] = Card(
        summary="Fall of a score when a feature is shuffled; tree ensembles ask only the trees that use it again",
        paper="Fisher, Rudin & Dominici (2019), All models are wrong, but many are useful",
        explains="Importance",
        needs="predict",
        background="none",
        completeness="checked",
        cost="trees: R passes of those that use the feature; others: R model evaluations a row and feature",
        limits="of features that go together each looks unimportant: shuffle them as a group",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "n_repeats": Whole(1),
        "seed": Whole(0),
        "groups": GROUPS,
        "threads": Either(Nothing(), Whole(1)),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self,
        model: Any,
        X: Any,
        y: Any,
        *,
        scoring: Any = None,
        n_repeats: int = 5,
        seed: int = 0,
        groups: int | None = None,
        sample_weight: Any = None,
        threads: int | None = None,
        progress: bool | None = None,
    ) -> None:
        self.n_repeats, self.seed, self.groups = n_repeats, seed, groups
        self.threads, self.progress = threads, progress
        self.check_settings()
        self._scorers = Scorers(scoring)
        self.model = as_model(model, rows=X)
        self._table = self.model.table(X, what="X")
        self._y = true_values(y, len(self._table))
        self._weights = None if sample_weight is None else sample_weights(sample_weight, len(self._table))

    def explain(self, features: Any = None, target: TargetSpec = None) -> Importance:
        """Importance of features, or of groups that are shuffled together.

        Parameters
        ----------
        features : a name or number, several as a tuple that is shuffled as one, a list of these, or a mapping of a
            group's name to its columns; None is every feature.
        target : None: the scorers are the targets.

        Returns
        -------
        Importance (features, scorers) in units of the score, with the standard error of the mean over the orders; and
        with ``groups``, as ``row_stderr``, how far it would move with other rows.

        Raises
        ------
        ColumnsError, ParameterError : no such feature, or a target other than None.
        ModelFailedError : a scorer raised, or gave no finite number.
        """
        started = perf_counter()
        if target is not None:
            raise ParameterError(
                f"PermutationImportance: a score is of all outputs, got target={target!r}; choose with scoring=."
            )
        groups = column_groups(features, self._table.names)
        answers = answers_of(self.model, self._table, self._scorers, self.threads)
        group = group_of_rows(len(self._table), self.groups, self.seed)
        shuffles = Shuffles(answers, self._scorers, self._y, self._weights, self.n_repeats, self.seed, group)
        steps = track(groups.values(), total=len(groups), label="PermutationImportance", show=self.progress)
        falls = shuffles.falls(steps)
        means, spread = falls.mean(axis=1), error_of_mean(falls[:, :, 0])
        of_rows = error_over_rows(means[:, 1:].swapaxes(0, 1)) if self.groups else None
        receipt = effect_receipt(
            self,
            self.model,
            resolve_target(None, self._scorers.names, n_rows=0),
            answers.completeness,
            probe=self._table,
            evaluations=answers.evaluations,
            started=started,
            unit="score",
            seed=self.seed,
            notes=answers.notes,
        )
        return Importance(receipt, means[:, 0], spread, tuple(groups), of_rows)
