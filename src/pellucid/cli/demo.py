"""``pellucid demo``: a model on generated claims, explained beside the truth that the generator knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pellucid.cli.options import common, language, output, seed

if TYPE_CHECKING:
    from pellucid.cli.story import Story

__all__ = ["command"]

TRAINED, BACKGROUND, EFFECTS = 40_000, 500, 6
#: small trees suit a mechanism of main effects and pairs
SETTINGS = {"max_iter": 200, "max_leaf_nodes": 8, "learning_rate": 0.05, "l2_regularization": 5.0}
FRAUD = {
    "fraud": {"en": "fraud", "zh": "欺诈"},
    # what the classes are called by their labels
    "1": {"en": "fraud", "zh": "欺诈"},
    "probability of 1": {"en": "probability of fraud", "zh": "欺诈概率"},
}

EXAMPLES = """\b
Examples:
  pellucid demo
  pellucid demo --language zh -o demo-zh.html
"""


@click.command("demo", epilog=EXAMPLES, short_help="Train, explain and write a page, on generated claims.")
@click.option(
    "--rows", metavar="N", type=click.IntRange(1), default=10_000, show_default=True, help="Claims to explain."
)
@output("Page to write.", default="report.html")
@language
@seed
@common
def command(rows: int, output: str, language: str, seed: int) -> None:
    """Train a model on generated claims, explain others and write a page.

    These are insurance claims, some of them fraudulent, and what makes them so is known: the explanation is
    compared with the truth. Nothing is downloaded.
    """
    from pellucid.cli.outputs import check_output
    from pellucid.cli.story import Story

    check_output(output, (".html",), ())
    tell_demo(Story(language, "demo_title"), rows, output, seed)


def tell_demo(story: Story, rows: int, page: str, seed: int) -> None:
    """Make data, train, explain, compare with the truth, write the page."""
    with story.part("loading", "loading"):
        _load()
    with story.part("data", "generating"):
        learn, data = _claims(TRAINED, seed + 1), _claims(rows, seed)
    story.tell("data", "demo_data", trained=f"{TRAINED:,}", rows=f"{rows:,}", **_data_facts(data))
    with story.part("training", "training"):
        native = _train(learn, seed)
    story.tell("model", "demo_model", **_model_facts(native, data))
    with story.part("explaining", "explaining", rows=f"{rows:,}"):
        explanation = _explain(native, learn, data, seed)
    labels = {**data.labels, **FRAUD}
    story.tell_text("explains", explanation.describe(language=story.language, labels=labels, units=data.units))
    story.tell("truth", "demo_truth", **_truth_facts(explanation, data, story.language))
    story.prove(explanation.receipt)
    with story.part("views", "looking"):
        views = _views(native, explanation, data)
    with story.part("page", "writing", path=page):
        dated = explanation.shown_as(_dated_rows(rows, seed))
        _write(dated, page, language=story.language, labels=labels, units=data.units, **views)
    story.end("demo_seconds", page)


def _load() -> None:
    """Import what takes long, so that its time is told apart."""
    import sklearn.ensemble
    import sklearn.metrics  # noqa: F401

    import pellucid._front
    import pellucid.pages.report  # noqa: F401


def _dated_rows(rows: int, seed: int) -> Any:
    """The same claims with dates as dates, which the model cannot read and people can."""
    from pellucid.datasets import claims

    return claims(rows, seed).X


def _claims(rows: int, seed: int) -> Any:
    from pellucid.datasets import claims

    return claims(rows, seed, dates="days")


def _train(learn: Any, seed: int) -> Any:
    """Train on one thread: OpenMP's threads wait for one another by spinning, which on a busy machine takes minutes."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    model = HistGradientBoostingClassifier(
        categorical_features="from_dtype", early_stopping=False, random_state=seed, **SETTINGS
    )
    with threadpool_limits(1, user_api="openmp"):
        return model.fit(learn.X, learn.y)


def _explain(native: Any, learn: Any, data: Any, seed: int) -> Any:
    from pellucid._front import explain
    from pellucid.cli.inputs import adapt
    from pellucid.core.rng import sample_rows
    from pellucid.core.tables import read_table

    background = read_table(learn.X).rows(sample_rows(len(learn.y), BACKGROUND, seed, "background"))
    return explain(adapt(native, output_names=data.target_names[1:]), data.X, background, seed=seed)


def _views(native: Any, explanation: Any, data: Any) -> dict[str, Any]:
    """Curves of the leading columns, and how good the decisions about these claims are."""
    from pellucid._front import leading_effects, leading_performance
    from pellucid.cli.inputs import adapt

    model = adapt(native, output_names=data.target_names[1:])
    return {
        "effects": leading_effects(model, data.X, explanation, most=EFFECTS),
        "performance": leading_performance(model, data.X, data.y),
    }


def _write(explanation: Any, page: str, **words: Any) -> None:
    from pellucid.pages.report import write_report

    write_report(explanation, page, **words)


def _data_facts(data: Any) -> dict[str, str]:
    return {"columns": str(len(data.feature_names)), "fraud": f"{data.y.mean():.1%}"}


def _model_facts(native: Any, data: Any) -> dict[str, str]:
    """How well the model tells fraud apart, beside the best that any model could."""
    from sklearn.metrics import roc_auc_score

    known = 0 < data.y.sum() < len(data.y)
    scores = {"auc": native.decision_function(data.X), "best": data.truth.log_odds}
    said = {name: f"{roc_auc_score(data.y, score):.3f}" if known else "–" for name, score in scores.items()}
    return {"kind": type(native).__name__, "trees": f"{native.n_iter_:,}", **said}


def _truth_facts(explanation: Any, data: Any, language: str) -> dict[str, str]:
    """Correlation of all contributions, one for each row and column, with the planted ones, and the worst column."""
    import numpy as np

    values, truth = explanation.values[:, :, 0], data.truth.shapley()
    worst = data.feature_names[int(np.abs(values - truth).mean(axis=0).argmax())]
    correlation = np.corrcoef(values.ravel(), truth.ravel())[0, 1]
    return {"correlation": f"{correlation:.2f}", "worst": data.labels[worst][language]}
