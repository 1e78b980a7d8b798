"""What the methods share that ask a model about coalitions of players and need nothing of it but predictions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from pellucid.core.attribution import Attribution
from pellucid.core.batching import Game
from pellucid.core.completeness import Check
from pellucid.core.errors import ParameterError
from pellucid.core.inputs import Inputs
from pellucid.core.masker import Masker
from pellucid.core.method import Computed, Method, attribute, one_by_one
from pellucid.core.model import Model
from pellucid.core.progress import quiet
from pellucid.core.rounding import PROBES, rounding_gap
from pellucid.core.tables import Table
from pellucid.core.target import Target, TargetSpec
from pellucid.maskers.adapt import model_and_masker
from pellucid.maskers.grouped import grouped
from pellucid.maskers.groups import plain
from pellucid.models import as_model

__all__ = ["ByPredictions"]


class ByPredictions(Method):
    """Shapley values of the game ``v(S) = Σ_b w_b · f(x_S, b_rest)``, whose worths are predictions.

    A subclass computes values from a :class:`Game`; it has settings ``batch_size``, ``groups`` and ``progress``,
    and may have a ``seed``.
    """

    batch_size: int
    groups: Mapping[str, Any] | None
    progress: bool | None
    seed: int
    model: Any
    masker: Masker

    def set_model(self, model: Any, background: Any) -> None:
        """Check the settings, then take the model and what absent columns, or groups of them, look like."""
        self.check_settings()
        self.groups = plain(self.groups)
        self.model, masker = model_and_masker(model, background)
        self.masker = grouped(masker, self.groups)

    def explain(self, rows: Any, target: TargetSpec = None, *, check: Check = "sample") -> Attribution:
        """Shapley values of each row, with standard errors where they are sampled.

        Parameters
        ----------
        rows : a frame or array with the model's columns; texts or images where the masker takes them.
        target : which outputs, or any function of them; None is every output.
        check : compare base + Σ values with the model's own prediction on ``"sample"`` (1,000 seeded rows), on
            ``"all"`` rows, or not at all (False). Allowed is 1e-9 of the scale, 7.6e-6 for a model in float32.

        Returns
        -------
        Attribution with values (rows, players, targets) in the model's unit.

        Raises
        ------
        InputError, ColumnsError : the rows do not fit the model or the background.
        ParameterError : no such target, or too many columns for this method.
        ModelFailedError : the model raised, or answered with something that is not a number.
        CompletenessError : the values do not add up to the model's own prediction.
        """
        model = as_model(self.model, rows=rows)
        inputs = self.masker.read(rows, model)
        return attribute(
            self,
            model,
            inputs,
            target,
            partial(self._compute, model),
            check=check,
            relative=self._relative_gap(model, inputs),
            background=self.masker.describe(),
            seed=self.seed if "seed" in self.constraints else None,
        )

    def _relative_gap(self, model: Model, inputs: Inputs) -> float:
        with quiet(self.progress is False):
            return rounding_gap(model, inputs)

    @abstractmethod
    def values(self, game: Game) -> Computed:
        """Values of all rows of a game; its evaluations are counted here."""

    def _compute(self, model: Model, inputs: Inputs, target: Target) -> Computed:
        explained = partial(self._of_game, model)
        if self.masker.alike:
            found = explained(inputs, target)
        else:
            found = one_by_one(explained, inputs, target, label=type(self).__name__, progress=self.progress)
        evaluations = found.evaluations + min(PROBES, len(inputs))
        shown = self.masker.shown(inputs)
        if isinstance(shown, Table) and len(shown.names) != found.values.shape[1]:
            raise ParameterError(
                f"background: {type(self.masker).__name__} makes {found.values.shape[1]} players and shows "
                f"{len(shown.names)} columns; pass a masker that shows a column a player."
            )
        return replace(found, evaluations=evaluations, shown=shown)

    def _of_game(self, model: Model, inputs: Inputs, target: Target) -> Computed:
        game = Game(model, self.masker, inputs, target, batch_size=self.batch_size)
        return replace(self.values(game), evaluations=game.evaluations)
