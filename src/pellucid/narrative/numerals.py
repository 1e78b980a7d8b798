"""Numbers as people read them: as many digits as the number deserves, and no more."""

from __future__ import annotations

import math

__all__ = ["amount", "cell", "decimals", "own_decimals", "percent", "signed", "tiny", "with_error"]

MINUS = "−"
LONGEST = 6


def decimals(movement: float, error: float = 0.0, largest: float = 0.0) -> int:
    """Decimal places for numbers that add up to ``movement``.

    Three significant digits of the whole movement, so that small parts stay comparable with large ones, and at least
    two of the largest part; but never more than the error supports: the last digit is of the error's own size.

    Parameters
    ----------
    movement : sum of the absolute parts.
    error : standard error or gap of a part; 0 when exact.
    largest : the largest absolute part; 0 when the movement is all there is.
    """
    if not (math.isfinite(movement) and movement > 0):
        return 2
    places = max(2 - _exponent(movement), 1 - _exponent(largest) if largest > 0 else 0)
    if math.isfinite(error) and error > 0:
        places = min(places, -_exponent(error))
    return max(places, 0)


def own_decimals(value: float) -> int:
    """Decimal places that show three digits of a number that stands alone."""
    return max(2 - _exponent(abs(value)), 0) if value and math.isfinite(value) else 0


def amount(value: float, places: int) -> str:
    """A number with so many decimal places; in powers of ten where that would be a row of noughts."""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: f"{MINUS}∞"}.get(value, "–")
    if places > LONGEST or abs(value) >= 1e15:
        return tiny(value)
    text = f"{abs(value):,.{places}f}" if abs(value) >= 10_000 else f"{abs(value):.{places}f}"
    negative = value < 0 and float(text.replace(",", "")) != 0
    return f"{MINUS}{text}" if negative else text


def signed(value: float, places: int) -> str:
    """The same with a plus before what is above nothing."""
    text = amount(value, places)
    shows_something = any(digit in text for digit in "123456789∞")
    return f"+{text}" if shows_something and not text.startswith(MINUS) else text


def with_error(value: float, error: float, places: int) -> str:
    """``0.418 ± 0.003``: the error in one digit, the value as fine as its error; without a known error the value."""
    if not math.isfinite(error):
        return amount(value, places)
    if error > 0:
        places = max(-_exponent(error), 0)
    return f"{amount(value, places)} ± {amount(error, places)}"


def tiny(value: float) -> str:
    """A number of any size in two digits: ``3.1 × 10⁻¹⁵``, or plainly where that is short."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else amount(value, 0)
    if 1e-3 <= abs(value) < 1e4:
        return f"{value:.2g}".replace("-", MINUS)
    digits, power = f"{value:.1e}".split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits} × 10{raised}".replace("-", MINUS)


def percent(share: float) -> str:
    """A share with two significant digits of itself or of what is missing to one: ``8.2%``, ``31%``, ``99.7%``."""
    rest = min(share, 1 - share)
    if not 0 < rest < 1:
        return f"{share:.0%}"
    if rest < 1e-4:
        return "<0.01%" if share < 0.5 else ">99.99%"
    places = min(max(-_exponent(rest) - 1, 0), 2)
    return f"{100 * share:.{places}f}%"


def cell(value: float) -> str:
    """A number out of the data: whole numbers as they are, others to four significant digits.

    Numbers below 10,000 have no thousands separator, since they may be years.
    """
    if not math.isfinite(value) or (value == round(value) and abs(value) < 1e15):
        return amount(value, 0)
    places = 3 - _exponent(abs(value))
    if places > LONGEST + 2:
        return tiny(value)
    text = amount(value, min(max(places, 0), LONGEST))
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exponent(value: float) -> int:
    return math.floor(math.log10(value))
