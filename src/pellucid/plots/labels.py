"""Text in pictures: names that fit, numbers with as many digits as they deserve, what an axis shows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from pellucid.core.lettering import display_columns, shorten, take

__all__ = ["display_columns", "formatter", "others", "shorten", "text_width", "tick_text", "tidy", "value_text", "wrap"]

MINUS = "−"
#: mean width of a letter of the default font, in parts of its size; a wide (Chinese) one takes the double
_LETTER = 0.6


def tidy(text: object) -> str:
    """One line, without control characters."""
    return " ".join(str(text).split())


def text_width(text: str, size: float) -> float:
    """Estimated width in points of the longest line."""
    return max(display_columns(line) for line in text.split("\n")) * size * _LETTER


def wrap(text: str, columns: int, lines: int, value: str = "") -> str:
    """Break into at most two lines, at a space or after a separator where there is one, and shorten what remains.

    Parameters
    ----------
    value : what follows the text and stays whole, such as `` = 39``.
    """
    value = shorten(value, columns * 2 // 3)
    left = columns - display_columns(value)
    if lines == 1 or display_columns(text) <= left:
        return shorten(text, left) + value
    first = _break(text, columns)
    return f"{text[:first].rstrip()}\n{shorten(text[first:].lstrip(), left)}{value}"


def others(count: int) -> str:
    """Label of the row that sums the features not shown."""
    return f"{count:,} other feature{'' if count == 1 else 's'}"


def formatter(values: ArrayLike, *, signed: bool = False) -> Callable[[float], str]:
    """A function that writes each of these numbers with the same decimals: three digits of the largest.

    Parameters
    ----------
    values : the numbers to be shown together.
    signed : write a plus before positive ones.
    """
    sizes = np.abs(np.asarray(values, dtype=np.float64))
    largest = float(np.max(sizes[np.isfinite(sizes)], initial=0.0))
    power = math.floor(math.log10(largest)) if largest > 0 else 0
    pattern = f",.{max(0, 2 - power)}f" if -4 <= power < 7 else ".2e"

    def write(value: float) -> str:
        text = format(abs(value), pattern)
        if not float(text.replace(",", "")):
            return text
        return (MINUS if value < 0 else "+" if signed else "") + text.replace("e-", f"e{MINUS}").replace("e+", "e")

    return write


def value_text(value: object, kind: str) -> str:
    """One cell of the data, briefly.

    Parameters
    ----------
    value : as :meth:`pellucid.core.tables.Table.column` gives it.
    kind : ``"number"``, ``"boolean"``, ``"category"`` or ``"date"``.
    """
    if value is None or value != value:  # noqa: PLR0124 - true of NaN and NaT alone
        return "missing"
    if kind == "boolean":
        return str(bool(value))
    if kind == "date":
        return str(np.datetime64(value, "m")).removesuffix("T00:00").replace("T", " ")  # type: ignore[call-overload]
    if kind == "number":
        return _number(float(value))  # type: ignore[arg-type]
    return tidy(value)


def _number(value: float) -> str:
    size = abs(value)
    if math.isinf(size):
        text = "∞"
    elif size != 0 and not 1e-4 <= size < 1e9:
        text = f"{size:.2e}".replace("e-", f"e{MINUS}").replace("e+", "e")
    elif size == round(size) or size >= 100:
        # years and other small codes read better without a comma
        text = f"{size:.0f}" if size < 10_000 else f"{size:,.0f}"
    else:
        text = f"{size:.3g}"
    return MINUS + text if value < 0 else text


def _break(text: str, columns: int) -> int:
    whole = len(take(text, columns))
    if text[whole : whole + 1] == " ":
        return whole
    good = [position + 1 for position in range(whole // 2, whole) if text[position] in " _-/:,;|"]
    return good[-1] if good else whole


def tick_text(value: float, span: ArrayLike) -> str:
    """Text of a tick of an axis from ``span[0]`` to ``span[1]``."""
    low, high = np.asarray(span, dtype=np.float64)
    width = abs(high - low)
    if abs(value) < 1e-9 * width:
        return "0"
    if not 1e-4 <= max(abs(low), abs(high)) < 1e9:
        return f"{value:.3g}".replace("e-0", f"e{MINUS}").replace("e+0", "e").replace("-", MINUS)
    decimals = max(0, 2 - math.floor(math.log10(width)))
    text = f"{abs(value):,.{decimals}f}" if abs(value) >= 10_000 else f"{abs(value):.{decimals}f}"
    return (MINUS if value < 0 else "") + (text.rstrip("0").rstrip(".") if "." in text else text)
