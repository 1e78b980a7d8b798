"""``pellucid report``."""

from __future__ import annotations

from pathlib import Path


def test_a_page_is_written_in_the_language_with_labels_and_title(run, files, tmp_path):
    labels = tmp_path / "labels.toml"
    labels.write_text('[labels]\nclaim_amount = {en = "amount claimed", zh = "索赔金额"}\n', encoding="utf-8")
    arguments = ("--language", "zh", "--labels", labels, "--title", "看看", "--rows", "200")
    result = run("report", files / "xgboost.json", files / "claims.csv", "-o", "report.html", *arguments)
    assert result.exit_code == 0, result.stderr
    page = Path("report.html").read_text(encoding="utf-8")
    assert "<title>看看" in page
    assert "索赔金额" in page
    assert "索赔金额" in result.stdout
    assert str(Path("report.html").resolve()) in result.stdout.replace("\n", "").replace(" ", "")


def test_a_saved_explanation_makes_a_page(run, files):
    run("explain", files / "xgboost.json", files / "claims.csv", "--rows", "100", "-o", "out.npz")
    result = run("report", "out.npz", "-o", "report.html")
    assert result.exit_code == 0, result.stderr
    assert Path("report.html").stat().st_size > 10_000


def test_curves_of_the_leading_columns_stand_on_the_page_unless_they_are_turned_off(run, files):
    arguments = (files / "xgboost.json", files / "claims.csv", "--rows", "200", "-o")
    assert run("report", *arguments, "with.html", "--effects", "3").exit_code == 0
    assert run("report", *arguments, "without.html", "--effects", "0").exit_code == 0
    page, plain = (Path(name).read_text(encoding="utf-8") for name in ("with.html", "without.html"))
    assert "PartialDependence, over 200 rows." in page
    assert "How the prediction moves" not in plain


def test_an_output_is_required(run, files):
    result = run("report", files / "xgboost.json", files / "claims.csv")
    assert result.exit_code == 2
    assert "'-o'" in result.stderr


def test_labels_that_cannot_be_read_stop_before_the_work(files, refused):
    sentence = refused("report", files / "xgboost.json", files / "claims.csv", "-o", "r.html", "--labels", "none.toml")
    assert "none.toml cannot be read" in sentence
