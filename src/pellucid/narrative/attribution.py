"""An attribution in words: of one row, what moved its prediction; of many rows, what matters overall."""

from __future__ import annotations

from typing import Any

from pellucid.core.attribution import Attribution
from pellucid.core.errors import InputError
from pellucid.narrative.many_rows import describe_rows
from pellucid.narrative.one_row import describe_row
from pellucid.narrative.readings import reading
from pellucid.narrative.settings import check_words
from pellucid.narrative.targets import described_targets
from pellucid.narrative.vocabulary import Names, Vocabulary

__all__ = ["describe"]


def describe(
    explanation: Attribution,
    *,
    language: str = "en",
    depth: str = "expert",
    rows: Any = None,
    target: str | int | None = None,
    top: int = 3,
    labels: Names | None = None,
    units: Names | None = None,
) -> str:
    """Say an attribution in words, in one of three depths.

    One row gives a short paragraph: what the model says, from which base, which inputs raised and lowered it most and
    by how much, and what all others add. Several rows give what matters overall: the mean absolute contribution of
    each leading input, its share ``I_j / Σ_k I_k`` of all, and its direction where it has one. Numbers that belong
    together have the same decimal places: three significant digits of the whole movement, fewer where the standard
    error is larger. Texts and images are told one by one.

    Parameters
    ----------
    language : ``"en"`` or ``"zh"``.
    depth : ``"person"`` whom the decision is about (probabilities or amounts, no contributions), ``"expert"`` of the
        field (contributions in the model's unit), ``"modeller"`` (the same with errors, balance and the receipt).
    rows : which rows, as in ``explanation[rows]``; None takes all.
    target : which target, by name or number; None describes those worth it, see ``targets.described_targets``.
    top : inputs named on each side of a row, and beyond the first over many rows.
    labels, units : what columns, targets (and levels, as ``"column=level"``) are called, and the units of columns; a
        text each, or one for each language.

    Returns
    -------
    One paragraph for each target, parted by empty lines.

    Raises
    ------
    ParameterError : a setting is none of its options, or there is no such row or target.
    InputError : no rows were chosen.

    Examples
    --------
    "The model says −1.75 log-odds for “fraud” (a probability of 15%); the base is −3.18 (4.0%). claim_amount = …"
    """
    check_words(language, depth, top)
    words = Vocabulary(language, labels, units)
    chosen = explanation if rows is None else explanation[rows]
    if not len(chosen):
        raise InputError(f"describe: no rows were chosen of {len(explanation)}; choose at least one.")
    if chosen.parted is not None and len(chosen) > 1:
        told = {"language": language, "depth": depth, "target": target, "top": top, "labels": labels, "units": units}
        return "\n\n".join(describe(chosen[row], **told) for row in range(len(chosen)))  # type: ignore[arg-type]
    known = reading(chosen)
    say = describe_row if len(chosen) == 1 else describe_rows
    return "\n\n".join(
        say(one, words, depth, top, None if known is None else known.of(chosen.target_names.index(one.target_names[0])))
        for one in described_targets(chosen, target)
    )
