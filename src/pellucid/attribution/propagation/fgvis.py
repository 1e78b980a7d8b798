"""Which pixels are enough, or needed, for the answer, by a mask that can plant no evidence of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.attribution.gradient.baselines import baseline_points, baseline_words, check_baseline
from pellucid.attribution.gradient.frame import PACE, NetworkMethod
from pellucid.attribution.gradient.gradients import pick
from pellucid.attribution.propagation.mask_games import GAMES, play, scores
from pellucid.core.card import Card
from pellucid.core.method import NOTES, Computed
from pellucid.core.model import Model
from pellucid.core.network import Leaf
from pellucid.core.params import Constraint, Flag, Fraction, OneOf, Whole
from pellucid.core.progress import track
from pellucid.core.receipt import Completeness
from pellucid.core.target import Target

__all__ = ["FGVis"]


class FGVis(NetworkMethod):
    """A mask over every number of an image, found by optimisation with a defended gradient.

    ``min_m −p(e) + λ‖m‖₁`` keeps what is enough, ``min_m p(e) − λ‖m‖₁`` deletes what is needed, where
    ``e = m·x + (1 − m)·r``, 0 ≤ m ≤ 1 and p is the softmax score. The gradient stops at each activation of e that lies
    outside the range between 0 and what the image itself gives, so that e can turn on nothing that x leaves off.

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    baseline : r, what takes the place of what is masked: None is zeros; a number; an array of the shape of one row or
        of all; ``"blur"``, each image blurred.
    game : ``"preservation"`` keeps as little of the image as is enough, ``"deletion"`` deletes as little as is needed.
    penalty : λ.
    steps : of gradient descent.
    rate : how much the number with the steepest slope moves at a step.
    defended : whether gradients are filtered; False is the mask without the defence.
    batch_size : the most rows the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Wagner, Köhler, Gindele, Hetzel, Wiedemer & Behnke (2019), "Interpretable and fine-grained visual explanations for
    convolutional neural networks".

    Deviations
    ----------
    The range that lets a gradient through is that of a public implementation by others (spravil/FGVis). Starts from the
    whole image; λ is given and not searched for; no noise is added; of the paper's games two. Models that give
    probabilities, or a single number, and targets that are functions are scored by their own output.
    """

    card: ClassVar[Card] = Card(
        summary="Which pixels are enough, or needed, for the answer",
        paper="Wagner et al. (2019), Interpretable and fine-grained visual explanations for convolutional networks",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="steps gradients a row and target, each of a pass over the row and its mask",
        limits="the mask depends on λ and on the baseline",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "game": OneOf(tuple(GAMES)),
        "penalty": Fraction(),
        "steps": Whole(1),
        "rate": Fraction(),
        "defended": Flag(),
        **PACE,
    }

    def __init__(
        self,
        model: Any,
        *,
        baseline: Any = None,
        game: str = "preservation",
        penalty: float = 1e-3,
        steps: int = 200,
        rate: float = 0.1,
        defended: bool = True,
        batch_size: int = 64,
        progress: bool | None = None,
    ) -> None:
        self.model = model
        self.baseline = baseline
        self.game = game
        self.penalty = penalty
        self.steps = steps
        self.rate = rate
        self.defended = defended
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()
        check_baseline("FGVis", baseline)

    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        from pellucid.models.torch.rules import Defended

        rules, absent = Defended() if self.defended else None, baseline_points(self.baseline, leaf)
        each = scores(target, len(leaf.inputs), softmax=model.n_outputs > 1 and model.unit != "probability")
        work = [
            (k, score, some[start : start + self.batch_size])
            for k, groups in enumerate(each)
            for score, some in groups
            for start in range(0, len(some), self.batch_size)
        ]
        masks = {name: np.zeros((*array.shape, len(each))) for name, array in leaf.values.items()}
        said = np.zeros((2, len(leaf.inputs), len(each)))
        for k, score, index in track(work, total=len(work), label="FGVis", show=self.progress):
            played = play(leaf, index, pick(absent, index), score, rules=rules, **self._game())
            for name, mask in played.masks.items():
                masks[name][index, ..., k] = mask
            said[:, index, k] = played.start, played.end
        values, shown = leaf.fold(masks)
        return Computed(
            values=values,
            base=None,
            evaluations=len(leaf.inputs) * len(each) * (self.steps * (1 + self.defended) + 2),
            completeness=Completeness("not promised", reason="a mask is no share of the output"),
            notes=_notes(said, target.names),
            shown=shown,
        )

    def absent(self, model: Model) -> Mapping[str, object] | None:
        return baseline_words(self.baseline)

    def _game(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("game", "penalty", "steps", "rate")}


def _notes(said: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    rows = range(min(said.shape[1], NOTES))
    told = [
        f"row {row}, {name}: the score is {said[0, row, k]:.3g} at the start and {said[1, row, k]:.3g} at the end"
        for row in rows
        for k, name in enumerate(names)
    ]
    return tuple(told)
