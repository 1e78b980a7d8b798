"""Absent words of a text are taken out of it, or stand behind a mask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError, ParameterError
from pellucid.core.masker import MaskedBatch, Masker
from pellucid.core.model import Model
from pellucid.core.texts import Texts
from pellucid.maskers.splitting import SPLITS, split_by

__all__ = ["Text"]


class Text(Masker):
    """Every word of a text, or other part of it, is a player.

    A coalition's text is the original with the absent parts replaced by ``absent``; everything between parts (spaces,
    punctuation) stays. The full coalition is the text itself.

    Parameters
    ----------
    split : ``"words"``, ``"characters"``, ``"sentences"``, a tokenizer that gives ``offset_mapping`` (Hugging Face), or
        a function from a text to the (start, end) of its parts. Words of Chinese and Japanese, written without spaces,
        are found by rjieba where it is installed, and are single characters where it is not.
    absent : what stands in an absent part's place: ``""`` takes it out, ``"[MASK]"`` hides it.

    Raises
    ------
    ParameterError : no such way of splitting.

    Source
    ------
    Ribeiro, Singh & Guestrin (2016), "Why should I trust you?", KDD, 1135–1144, section 3.1: the words of a text as its
    interpretable representation.
    """

    one_base = False
    alike = False

    def __init__(self, split: str | Callable[[str], Any] = "words", absent: str = "") -> None:
        if not callable(split) and split not in SPLITS:
            raise ParameterError(
                f"split must be {', '.join(map(repr, SPLITS))}, a tokenizer or a function from a text to the places of "
                f"its parts, got {split!r}."
            )
        if not isinstance(absent, str):
            raise ParameterError(f"absent must be a text such as '' or '[MASK]', got {type(absent).__name__}.")
        self.split = split
        self.absent = absent

    def read(self, rows: Any, model: Model) -> Texts:
        """The texts with their parts.

        Raises
        ------
        InputError : no texts, or one in which there is nothing to explain.
        """
        read = rows if isinstance(rows, Texts) else Texts.read(rows)
        spans = tuple(split_by(self.split, text) for text in read.native)
        for row, found in enumerate(spans):
            if not len(found):
                raise InputError(f"rows: text {row}, {read.native[row][:40]!r}, has no parts to explain; leave it out.")
        return Texts(read.native, spans)

    def players(self, row: Texts) -> tuple[str, ...]:
        """The parts of the text, in order."""
        return row.parts(0)

    def inputs(self, rows: Texts, coalitions: NDArray[np.bool_], *, batch_size: int) -> Iterator[MaskedBatch]:
        """The text with every coalition."""
        total = len(rows) * len(coalitions)
        pieces = [_pieces(text, spans) for text, spans in zip(rows.native, rows.spans or (), strict=True)]
        for start in range(0, total, batch_size):
            entry = np.arange(start, min(start + batch_size, total))
            texts = tuple(self._masked(*pieces[e // len(coalitions)], coalitions[e % len(coalitions)]) for e in entry)
            yield MaskedBatch(Texts(texts), entry, np.ones(len(entry)))

    def describe(self) -> Mapping[str, object]:
        """How parts are found and what stands in an absent one's place."""
        split = (
            self.split if isinstance(self.split, str) else getattr(self.split, "__name__", type(self.split).__name__)
        )
        return {"absent": f"{split} taken out" if not self.absent else f"{split} replaced by {self.absent!r}"}

    def _masked(self, between: list[str], parts: list[str], present: NDArray[np.bool_]) -> str:
        kept = [part if here else self.absent for part, here in zip(parts, present, strict=True)]
        return between[0] + "".join(part + after for part, after in zip(kept, between[1:], strict=True))


def _pieces(text: str, spans: NDArray[np.int64]) -> tuple[list[str], list[str]]:
    """What is between the parts, one more than there are, and the parts."""
    ends = [0, *(int(end) for _, end in spans)]
    starts = [*(int(start) for start, _ in spans), len(text)]
    return [text[a:b] for a, b in zip(ends, starts, strict=True)], [text[a:b] for a, b in spans]
