"""Where the parts of a text begin and end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError

__all__ = ["SPLITS", "split_by"]

#: scripts that are written without spaces between words: Han, Hiragana and Katakana
UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
RUN = re.compile(rf"[{UNSPACED}]+|[^\W{UNSPACED}]+(?:['’\-][^\W{UNSPACED}]+)*")
SENTENCE = re.compile(r"[^.!?。！？\n]*[^\s.!?。！？][^.!?。！？\n]*[.!?。！？]*")
SPLITS = ("words", "characters", "sentences")

Spans = NDArray[np.int64]


def split_by(split: str | Callable[[str], Any], text: str) -> Spans:
    """(parts, 2) places of a text's parts.

    Raises
    ------
    InputError : a tokenizer or function answered with something else than places, in order, within the text.
    """
    if split == "words":
        return _array(_words(text))
    if split == "characters":
        return _array((i, i + 1) for i, character in enumerate(text) if not character.isspace())
    if split == "sentences":
        return _array(_trimmed(text, *match.span()) for match in SENTENCE.finditer(text))
    return _checked(_asked(split, text), text)


def _words(text: str) -> Iterator[tuple[int, int]]:
    for match in RUN.finditer(text):
        if re.match(f"[{UNSPACED}]", match.group()):
            yield from _segmented(match.group(), match.start())
        else:
            yield match.span()


def _segmented(run: str, start: int) -> Iterator[tuple[int, int]]:
    """Words of a run without spaces, by dictionary where there is one."""
    if find_spec("rjieba") is None:
        yield from ((start + i, start + i + 1) for i in range(len(run)))
        return
    import rjieba

    for word in rjieba.cut(run):
        yield start, start + len(word)
        start += len(word)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _asked(split: Any, text: str) -> Any:
    """What a tokenizer or a function says; special tokens, which are nowhere in the text, are left out."""
    if not hasattr(split, "tokenize"):
        return split(text)
    found = split(text, return_offsets_mapping=True, add_special_tokens=False)
    return [(start, end) for start, end in found["offset_mapping"] if end > start]


def _checked(places: Any, text: str) -> Spans:
    try:
        spans = np.asarray(list(places), dtype=np.int64).reshape(-1, 2)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"split must answer with (start, end) of each part, got {type(places).__name__} for {text[:40]!r}."
        ) from error
    flat = spans.ravel()
    if len(flat) and (flat[0] < 0 or flat[-1] > len(text) or (np.diff(flat) < 0).any()):
        raise InputError(
            f"split must answer with places in order that do not overlap, within the text's {len(text)} characters, "
            f"got {spans.tolist()[:4]} for {text[:40]!r}."
        )
    return spans


def _array(places: Any) -> Spans:
    return np.array(list(places), dtype=np.int64).reshape(-1, 2)
