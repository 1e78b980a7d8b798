"""``pellucid explain``: explain a model's predictions for the rows of a table."""

from __future__ import annotations

import json
import math
from typing import Any

import click

from pellucid.cli.options import common, model_and_rows, output
from pellucid.cli.terminal import note, stage

__all__ = ["command"]

EXAMPLES = """\b
Examples:
  pellucid explain model.json rows.csv
  pellucid explain model.txt rows.parquet --background train.parquet -o out.npz
  pellucid explain forest.skops rows.csv --target 2 --json | jq .importance
"""


@click.command("explain", epilog=EXAMPLES)
@model_and_rows
@output("Write all values: out.npz, .csv or .parquet.")
@click.option("--json", "as_json", is_flag=True, help="Print receipt and importance as JSON.")
@common
def command(
    model: str, data: str | None, output: str | None, as_json: bool, target: Any, check: str, **reading: Any
) -> None:
    """Explain the predictions of MODEL for the rows of DATA.

    Prints the columns that matter most and whether the explanation adds up to what the model itself says. MODEL is
    a model file of XGBoost, LightGBM, CatBoost or skops, or with --trust-pickle a pickle; DATA is a CSV or parquet
    file with the columns the model was trained on. An explanation saved as .npz goes in the place of both.
    """
    from pellucid.cli.inputs import read_work
    from pellucid.cli.outputs import check_output, save
    from pellucid.cli.ranking import show

    if output is not None:
        check_output(output, (".npz", ".csv", ".parquet"), (model, data, reading["background"]))
    with stage(f"explaining {data or model}"):
        work = read_work(model, data, **reading)
        explanation = work.explain(target, check, reading["seed"])
    if output is not None:
        save(explanation, output, work.numbers)
    if as_json:
        click.echo(json.dumps(summary(explanation, output), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        show(explanation, work.of)
    if output is not None:
        note(f"{output} written.")


def summary(explanation: Any, output: str | None) -> dict[str, Any]:
    """Receipt and importance as plain JSON values, the most important feature first."""
    importance = explanation.importance()
    order = (-importance.values.mean(axis=1)).argsort(kind="stable")
    lines = [
        {
            "feature": importance.feature_names[j],
            "target": name,
            "importance": float(importance.values[j, t]),
            "stderr": _finite(importance.stderr[j, t]),
        }
        for j in order
        for t, name in enumerate(importance.target_names)
    ]
    return {"receipt": explanation.receipt.to_json(), "importance": lines, "output": output}


def _finite(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
