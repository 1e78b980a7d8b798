"""An explanation on a terminal: the columns that matter most, and whether it adds up."""

from __future__ import annotations

import math
from typing import Any

import click

from pellucid.cli.terminal import field, table

__all__ = ["show"]

TOP, WIDEST_TARGETS = 12, 4


def show(explanation: Any, rows_in_file: int) -> None:
    """The columns that matter most, and the receipt's most important lines."""
    _ranking(explanation.importance(), explanation.receipt, rows_in_file)
    click.echo()
    lines = dict(explanation.receipt.lines())
    for label in ("method", "background", "completeness", "cost"):
        field(label, lines[label], labels=len("completeness"))


def _ranking(importance: Any, receipt: Any, rows_in_file: int) -> None:
    """One line a column, the most important first; one number a target while they fit side by side."""
    names = [str(name) for name in importance.target_names]
    sizes, errors = importance.values, importance.stderr
    if len(names) > WIDEST_TARGETS:
        sizes, errors, names = sizes.mean(axis=1, keepdims=True), None, [f"mean of {len(names)} outputs"]
    total = sizes.sum() or 1.0
    order = (-sizes.sum(axis=1)).argsort(kind="stable")
    digits = _digits(sizes.max())
    to = f" to “{names[0]}”" if len(names) == 1 and errors is not None else ""
    of = "" if receipt.rows == rows_in_file else f" of {rows_in_file:,}"
    click.echo(click.style(f"mean |contribution|{to} in {receipt.unit}, {receipt.rows:,}{of} rows", bold=True))
    table(
        ["column", *(["mean ± error"] if to else names), "share"],
        [
            [
                importance.feature_names[j],
                *(_cell(sizes[j, t], errors[j, t] if to else math.nan, digits) for t in range(len(names))),
                f"{sizes[j].sum() / total:.0%}",
            ]
            for j in order[:TOP]
        ],
    )
    if len(order) > TOP:
        rest = f"and {len(order) - TOP} more with {sizes[order[TOP:]].sum() / total:.0%} together"
        click.echo(click.style(rest, dim=True))


def _cell(size: float, error: float, digits: int) -> str:
    return f"{size:.{digits}f}" + (f" ± {error:.{digits}f}" if math.isfinite(error) else "")


def _digits(largest: float) -> int:
    """Decimal places that leave three significant digits of the largest number."""
    return 3 if not largest else max(0, 2 - math.floor(math.log10(largest)))
