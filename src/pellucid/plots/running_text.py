"""Running text cut into lines: where each piece of it stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

__all__ = ["Placed", "flow"]


@dataclass(frozen=True)
class Placed:
    """A piece of text with its place.

    Parameters
    ----------
    number : which piece it is.
    text : what of it stands here; a long piece may be cut.
    left, width : in points.
    line : from 0.
    """

    number: int
    text: str
    left: float
    width: float
    line: int


def flow(pieces: Sequence[str], width: float, size: float) -> list[Placed]:
    """Places of pieces that follow each other as a text, in lines of at most that width.

    A piece is broken at its spaces where it has no room, and a word that is wider than a line is cut. Space at the
    start of a line is dropped, and a line break within a piece begins a new line.

    Parameters
    ----------
    pieces : the text, in order.
    width : of a line, in points.
    size : of the letters, in points.
    """
    placed: list[Placed] = []
    left, line = 0.0, 0
    for number, text, breaks in _words(pieces, width, size):
        shown = text.lstrip() if left == 0 or breaks else text
        if breaks or (left + _width(shown, size) > width and shown.strip()):
            left, line, shown = 0.0, line + 1, text.lstrip()
        if not shown:
            continue
        last = placed[-1] if placed else None
        if last is not None and (last.number, last.line) == (number, line):
            shown, left = last.text + shown, last.left
            placed.pop()
        placed.append(Placed(number, shown, left, _width(shown, size), line))
        left += placed[-1].width
    return placed


def _words(pieces: Sequence[str], width: float, size: float) -> Iterator[tuple[int, str, bool]]:
    """Words of all pieces, each with the space before it, and whether it begins a new line."""
    for number, piece in enumerate(pieces):
        for turn, part in enumerate(piece.split("\n")):
            words = [cut for word in re.findall(r"\s*\S+|\s+", part) for cut in _cut(word, width, size)]
            if turn and not words:
                yield number, "", True
            for first, word in enumerate(words):
                yield number, word, bool(turn) and first == 0


def _cut(text: str, width: float, size: float) -> list[str]:
    """A word in stretches that fit in a line."""
    stretches, rest = [], text
    while rest and _width(rest, size) > width:
        take = max(1, next(n for n in range(len(rest), -1, -1) if _width(rest[:n], size) <= width))
        stretches.append(rest[:take])
        rest = rest[take:]
    return [*stretches, rest]


def _width(text: str, size: float) -> float:
    """Width in points; a wide (Chinese) letter is as wide as it is high."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    narrow = "".join(letter for letter in text if unicodedata.east_asian_width(letter) not in "WF")
    if not narrow:
        return wide * size
    # spaces at the ends have no outline: a mark on either side makes them count
    marked, marks = (_measured(some, size) for some in (f"|{narrow}|", "||"))
    return wide * size + marked - marks


def _measured(text: str, size: float) -> float:
    width, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=size), ismath=False)
    return float(width)
