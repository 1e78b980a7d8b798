"""From the tokens of a network to the words of its texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.errors import InputError
from pellucid.core.tensors import Tensors
from pellucid.core.texts import Texts
from pellucid.maskers.splitting import split_by

__all__ = ["by_words"]

Places = NDArray[np.int64]


def by_words(
    explanation: Attribution, texts: str | Sequence[str], offsets: Any, *, split: str | Callable[[str], Any] = "words"
) -> Attribution:
    """The values of tokens added up to one for each word.

    ``φ_w = Σ φ_k`` over the tokens k of word w. A token outside all words, a comma say, is a part of its own. Tokens
    that stand nowhere in the text, such as padding and marks of beginning and end, are added to the base, so that base
    + Σ values stays what it was; where there is no base they are left out. Standard errors are added as if tokens were
    independent.

    Parameters
    ----------
    explanation : of token ids, values (rows, tokens, targets).
    texts : the text of each row.
    offsets : (rows, tokens, 2) where each token begins and ends in its text, equal for tokens that stand nowhere; what
        fast tokenizers of Hugging Face give as ``offset_mapping``.
    split : as for the masker ``Text``: ``"words"``, ``"sentences"``, ``"characters"`` or a function.

    Returns
    -------
    Attribution of the texts with values (rows, words, targets).

    Raises
    ------
    InputError : not an attribution of tokens, or texts or offsets that do not fit it.
    """
    native = [texts] if isinstance(texts, str) else list(texts)
    places = _read(explanation, native, offsets)
    words = [_with_others(split_by(split, text), one) for text, one in zip(native, places, strict=True)]
    owners = [_owners(spans, one) for spans, one in zip(words, places, strict=True)]
    nowhere = np.stack([owner < 0 for owner in owners])
    apart = (explanation.values * nowhere[..., np.newaxis]).sum(axis=1)
    stderr = None if explanation.stderr is None else np.sqrt(_summed(explanation.stderr**2, owners, words))
    note = "tokens were added up to words" + (", and those outside the texts to the base" if nowhere.any() else "")
    return replace(
        explanation,
        receipt=replace(explanation.receipt, notes=(*explanation.receipt.notes, note)),
        values=_summed(explanation.values, owners, words),
        base=None if explanation.base is None else explanation.base + apart,
        stderr=stderr,
        parted=Texts(tuple(native), tuple(words)),
    )


def _read(explanation: Attribution, texts: list[str], offsets: Any) -> Places:
    """(rows, tokens, 2)"""
    if not isinstance(explanation.parted, Tensors) or explanation.values.ndim != 3:
        raise InputError("by_words takes the attribution of token ids, with one value a token; explain the ids first.")
    places = np.asarray(offsets.tolist() if hasattr(offsets, "tolist") else offsets, dtype=np.int64)
    wanted = (*explanation.values.shape[:2], 2)
    if len(texts) != len(explanation) or places.shape != wanted:
        raise InputError(
            f"by_words: {len(explanation)} rows of {wanted[1]} tokens need as many texts and offsets of shape "
            f"{wanted}, got {len(texts)} texts and offsets of shape {places.shape}."
        )
    return places


def _with_others(words: Places, tokens: Places) -> Places:
    """The words, and each token that begins outside all of them, in order."""
    begins, ends = tokens[:, 0], tokens[:, 1]
    outside = (ends > begins) & (_owners(words, tokens) < 0)
    every = np.concatenate([words, tokens[outside]])
    return every[np.lexsort((every[:, 1], every[:, 0]))]


def _owners(words: Places, tokens: Places) -> NDArray[np.intp]:
    """(tokens,) the word that each token shares a character with, the first of several; −1 for none."""
    shared = (tokens[:, :1] < words[:, 1]) & (tokens[:, 1:] > words[:, 0])
    return np.where(shared.any(axis=1), shared.argmax(axis=1), -1) if len(words) else np.full(len(tokens), -1)


def _summed(values: NDArray[np.float64], owners: list[NDArray[np.intp]], words: list[Places]) -> NDArray[np.float64]:
    """(rows, words, targets), zero beyond the last word of a row that has fewer than others."""
    summed = np.zeros((len(values), max(map(len, words)), values.shape[2]))
    for row, owner in enumerate(owners):
        np.add.at(summed[row], owner[owner >= 0], values[row][owner >= 0])
    return summed
