"""``pellucid demo``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pellucid.cli import demo


@pytest.fixture
def small(monkeypatch):
    """Fewer claims to learn from, so that the test takes a second or two."""
    monkeypatch.setattr(demo, "TRAINED", 4_000)
    monkeypatch.setattr(demo, "BACKGROUND", 100)


def test_it_tells_data_model_truth_proof_times_and_page(run, small):
    result = run("demo", "--rows", "400")
    assert result.exit_code == 0, result.stderr
    told = " ".join(result.stdout.split())
    assert "4,000 generated insurance claims to learn from, 400 others to explain; 17 columns" in told
    assert "on 400 rows checked, base + Σ contributions equals the model's own prediction within" in told
    assert float(re.search(r"correlation ([\d.]+)", told)[1]) > 0.7
    assert re.search(r"[\d.]+ s loading · [\d.]+ s data · .* s in all", told)
    assert Path("report.html").is_file()
    story = result.stdout[: result.stdout.index("\npage")]
    assert max(map(len, story.splitlines())) <= 80


@pytest.fixture
def page(monkeypatch):
    """What the demo would make a page of, without drawing it."""
    written = {}

    def write(explanation, path, **words):
        written.update(words, rows=len(explanation))
        Path(path).touch()

    monkeypatch.setattr(demo, "_write", write)
    return written


def test_it_speaks_chinese(run, small, page):
    result = run("demo", "--rows", "300", "--language", "zh", "-o", "演示.html")
    assert result.exit_code == 0, result.stderr
    assert (page["language"], page["rows"]) == ("zh", 300)
    assert page["labels"]["fraud"]["zh"] == "欺诈"
    assert result.stdout.startswith("哪些理赔疑似欺诈")
    assert "抽查 300 行" in result.stdout


def test_a_few_claims_without_fraud_have_no_auc(run, small, page):
    result = run("demo", "--rows", "2")
    assert result.exit_code == 0, result.stderr
    assert "AUC –" in result.stdout
