"""Neat lines: results on stdout, remarks on stderr, aligned also where letters are two columns wide."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unicodedata import combining, east_asian_width

import click

__all__ = ["NO_BREAK", "field", "heading", "note", "pad", "stage", "table", "width", "wrap"]

WIDEST = 100
NO_BREAK = "\u00a0"
CLEAR_LINE = "\r\x1b[2K"


def width(text: str) -> int:
    """Columns that a terminal needs for a text."""
    return sum(0 if combining(letter) else 1 + (east_asian_width(letter) in "WF") for letter in text)


def pad(text: str, to: int, *, right: bool = False) -> str:
    """The text filled with blanks to a number of columns, flush left or flush right."""
    blanks = " " * (to - width(text))
    return blanks + text if right else text + blanks


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most ``columns``, broken at blanks and between wide letters; a longer word stays whole."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and width((line + piece).rstrip()) > columns:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()] if line.strip() else lines or [""]


def heading(text: str) -> None:
    """A bold line and an empty one."""
    click.echo(f"{click.style(text, bold=True)}\n")


def field(label: str, text: str, *, labels: int) -> None:
    """``label  text``, the text wrapped beside its label.

    Parameters
    ----------
    labels : columns that the widest label of the block needs.
    """
    first, *others = (line.replace(NO_BREAK, " ") for line in wrap(text, _columns() - labels - 2))
    click.echo(f"{click.style(pad(label, labels), dim=True)}  {first}")
    for line in others:
        click.echo(f"{' ' * labels}  {line}")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns: the first flush left, the others flush right."""
    widths = [max(map(width, column)) for column in zip(header, *rows, strict=True)]
    for number, row in enumerate([header, *rows]):
        cells = [pad(cell, w, right=j > 0) for j, (cell, w) in enumerate(zip(row, widths, strict=True))]
        line = "  ".join(cells).rstrip()
        click.echo(click.style(line, dim=True) if number == 0 else line)


def note(sentence: str) -> None:
    """A remark on stderr, in the place of the stage that a terminal shows."""
    click.echo(f"{CLEAR_LINE if _moves() else ''}pellucid: {sentence}", err=True)


@contextmanager
def stage(doing: str) -> Iterator[None]:
    """Say what is being done while it lasts, on a terminal only."""
    if not _moves():
        yield
        return
    click.echo(f"{CLEAR_LINE}{doing} …", nl=False, err=True)
    try:
        yield
    finally:
        click.echo(CLEAR_LINE, nl=False, err=True)


def _moves() -> bool:
    """Whether stderr is a terminal where a line can be written over."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _columns() -> int:
    return min(shutil.get_terminal_size().columns, WIDEST)


def _pieces(text: str) -> Iterator[str]:
    """Words with the blanks behind them, and single wide letters with the narrow ones that cannot start a line."""
    piece = ""
    for letter in text:
        wide = east_asian_width(letter) in "WF"
        closing = letter in "，。；：！？、）》」』％”’"
        if (
            piece
            and not closing
            and letter != " "
            and (wide or piece[-1] == " " or east_asian_width(piece[-1]) in "WF")
        ):
            yield piece
            piece = ""
        piece += letter
    if piece:
        yield piece
