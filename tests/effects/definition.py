"""Effects straight from their definitions, by asking a prediction function about every combination of rows."""

from __future__ import annotations

import numpy as np


def changed(rows, numbers, values):
    """Rows with some columns replaced; a frame or an array."""
    out = rows.copy()
    for j, value in zip(numbers, values, strict=True):
        if hasattr(out, "iloc"):
            name = out.columns[j]
            out[name] = np.full(len(out), value) if isinstance(value, float) else _column(out[name], value)
        else:
            out[:, j] = value
    return out


def _column(column, value):
    import pandas as pd

    return pd.Series([value] * len(column), dtype=column.dtype, index=column.index)


def mean(predict, rows, weights, numbers, values):
    """Partial dependence at one point: (outputs,)."""
    answers = np.asarray(predict(changed(rows, numbers, values)), dtype=float).reshape(len(rows), -1)
    return (weights[:, np.newaxis] * answers).sum(axis=0) / weights.sum()


def partial(predict, rows, weights, numbers):
    """(rows, outputs) partial dependence of some columns at the rows themselves."""
    values = np.asarray(rows, dtype=float)
    return np.array([mean(predict, rows, weights, numbers, [values[r, j] for j in numbers]) for r in range(len(rows))])


def h_squared(predict, rows, weights, numbers, *, normalised=True):
    """Friedman & Popescu (2008), equations 44 (pairs) and 45 (one against all); one output."""
    share = weights / weights.sum()

    def centred(values):
        return values[:, 0] - share @ values[:, 0]

    if len(numbers) == 2:
        together = centred(partial(predict, rows, weights, numbers))
        parts = [centred(partial(predict, rows, weights, [j])) for j in numbers]
    else:
        others = [k for k in range(rows.shape[1]) if k != numbers[0]]
        together = centred(np.asarray(predict(rows), dtype=float).reshape(len(rows), -1))
        parts = [centred(partial(predict, rows, weights, part)) for part in (numbers, others)]
    upper = share @ (together - sum(parts)) ** 2
    return upper / (share @ together**2) if normalised else np.sqrt(upper)
