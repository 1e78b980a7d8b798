"""How wide a text is in letters, and how to fit it into fewer."""

from __future__ import annotations

import unicodedata

__all__ = ["display_columns", "shorten", "take"]

ELLIPSIS = "…"


def display_columns(text: str) -> int:
    """Width in letters, where a Chinese, Japanese or Korean character counts for two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def shorten(text: str, columns: int) -> str:
    """Cut out the middle of a text that is too long: names of a family often differ at their ends alone."""
    if display_columns(text) <= columns:
        return text
    tail = take(text[::-1], (columns - 1) * 2 // 5)[::-1]
    head = take(text, columns - 1 - display_columns(tail))
    return f"{head.rstrip()}{ELLIPSIS}{tail.lstrip()}"


def take(text: str, columns: int) -> str:
    """The beginning that is at most that wide."""
    width = 0
    for position, letter in enumerate(text):
        width += display_columns(letter)
        if width > columns:
            return text[:position]
    return text
