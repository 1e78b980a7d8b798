"""How high a figure must be for its rows."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.plots.labels import display_columns

__all__ = ["rows_height"]

_LINE, _TWO_LINES, _COLUMNS = 0.29, 0.40, 28


def rows_height(labels: Sequence[str], most: int, *, extra: float = 0.6, thick: float = 1.0) -> float:
    """Inches for one row a label, at most so many; more where labels take two lines.

    Parameters
    ----------
    extra : inches above and below the rows.
    thick : height of a row as a part of the usual one.
    """
    row = _TWO_LINES if any(display_columns(label) > _COLUMNS for label in labels) else _LINE
    return extra + max(row, _LINE * thick) * max(min(len(labels), most), 2)
