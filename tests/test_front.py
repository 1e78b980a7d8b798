"""The functions a beginner meets first, on the models a beginner has."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import pellucid
from pellucid._front import leading_effects, leading_performance
from pellucid.core.errors import ArgumentTypeError, InputError, ParameterError, UnsupportedModelError
from pellucid.core.streams import MeanAbsolute
from pellucid.effects import PartialDependence
from pellucid.maskers import Superpixels, Text
from pellucid.models import as_model

IRIS = load_iris(as_frame=True)
CANCER = load_breast_cancer(as_frame=True)
FOREST = RandomForestClassifier(10, max_depth=4, random_state=0).fit(IRIS.data, IRIS.target)


def test_a_forest_gets_exact_values_from_its_trees_with_the_reason():
    ex = pellucid.explain(FOREST, IRIS.data)
    assert ex.receipt.method == "TreeSHAP"
    assert ex.receipt.reason.startswith("sklearn.RandomForestClassifier is a sum of trees")
    np.testing.assert_allclose(ex.predictions, FOREST.predict_proba(IRIS.data), atol=1e-5)


def test_a_few_columns_of_any_other_model_are_enumerated():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(IRIS.data, IRIS.target)
    ex = pellucid.explain(model, IRIS.data[:6], background=IRIS.data[::10])
    assert ex.receipt.method == "ExactSHAP"
    assert "4 columns are few enough" in ex.receipt.reason
    np.testing.assert_allclose(ex.predictions, model.predict_proba(IRIS.data[:6]), atol=1e-9)


def test_many_columns_of_any_other_model_are_sampled_with_their_error():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(CANCER.data, CANCER.target)
    ex = pellucid.explain(model, CANCER.data[:2], background=CANCER.data[:20], target=1)
    assert ex.receipt.method == "KernelSHAP"
    assert ex.receipt.seed == 0
    assert (ex.stderr >= 0).all()
    assert ex.receipt.completeness.kind == "checked"


def test_the_reason_says_what_keeps_a_pipelines_trees_from_being_read():
    model = make_pipeline(PCA(3), RandomForestClassifier(5, random_state=0)).fit(IRIS.data, IRIS.target)
    ex = pellucid.explain(model, IRIS.data[:2], background=IRIS.data[:9])
    assert ex.receipt.method == "ExactSHAP"
    assert "PCA" in ex.receipt.reason


def test_a_function_is_explained_like_any_model():
    ex = pellucid.explain(lambda frame: frame["a"] * 2 + frame["b"], pd.DataFrame({"a": [1.0], "b": [3.0]}),
                          background=pd.DataFrame({"a": [0.0], "b": [1.0]}))  # fmt: skip
    np.testing.assert_allclose(ex.values[0, :, 0], [2, 2])
    np.testing.assert_allclose(ex.base, 1)


def test_a_function_of_the_outputs_is_enumerated_even_for_trees():
    ex = pellucid.explain(
        FOREST,
        IRIS.data[:2],
        background=IRIS.data[::15],
        target=lambda p: np.log(p[:, 0] + 0.1) - np.log(p[:, 1] + 0.1),
    )
    assert ex.receipt.method == "ExactSHAP"
    assert "a function of the outputs is not a sum of trees" in ex.receipt.reason


def test_a_model_that_needs_a_background_asks_for_one():
    model = LogisticRegression(max_iter=1000).fit(IRIS.data, IRIS.target)
    with pytest.raises(ParameterError, match="pass background=, for instance 100 rows of the training data"):
        pellucid.explain(model, IRIS.data)


def test_what_is_no_model_is_refused():
    with pytest.raises(UnsupportedModelError, match=r"builtins\.dict is not a model that pellucid reads"):
        pellucid.explain({}, IRIS.data)


def test_a_stream_gives_what_explaining_at_once_gives(tmp_path):
    whole = pellucid.explain(FOREST, IRIS.data)
    reducer = pellucid.stream(FOREST, IRIS.data, MeanAbsolute(), chunk=40, progress=False)
    np.testing.assert_allclose(reducer.result().values, whole.importance().values)
    written = pellucid.stream(FOREST, IRIS.data, tmp_path / "values.parquet", chunk=40, progress=False)
    frame = pd.read_parquet(written.path)
    assert len(frame) == 3 * len(IRIS.data)
    np.testing.assert_allclose(frame["prediction"], FOREST.predict_proba(IRIS.data).ravel(), atol=1e-5)


def test_a_stream_of_a_function_is_tried_on_its_background():
    background = (IRIS.data[::15].to_numpy(), np.arange(1.0, 11))
    reducer = pellucid.stream(lambda X: X @ np.arange(4.0), IRIS.data.to_numpy(), MeanAbsolute(), background, chunk=100)
    assert reducer.result().ranking()[0] == "x2"
    with pytest.raises(ArgumentTypeError, match="some rows to try it on"):
        pellucid.stream(lambda X: X[:, 0], IRIS.data.to_numpy(), MeanAbsolute())


def test_a_report_is_written_from_a_model_or_an_explanation(tmp_path):
    path = pellucid.report(FOREST, IRIS.data[:40], tmp_path / "a.html")
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    pellucid.report(FOREST, pellucid.explain(FOREST, IRIS.data[:40]), tmp_path / "b.html")
    assert (tmp_path / "b.html").stat().st_size > 50_000


PRAISE = ["a good film", "great acting and a good story", "good pictures, great fun"]
BLAME = ["a bad film", "awful story and bad acting", "dull, bad and far too long"]
REVIEWS = make_pipeline(TfidfVectorizer(), LogisticRegression(C=20)).fit(PRAISE + BLAME, [1, 1, 1, 0, 0, 0])


@pytest.mark.parametrize("frame", [list, pd.Series, pl.Series, np.array])
def test_texts_are_explained_by_their_words(frame):
    texts = ["a good story", "this is bad and long and dull and far too long to be any fun for me"]
    ex = pellucid.explain(REVIEWS, frame(texts), target="1")
    assert ex.receipt.method in ("KernelSHAP", "PermutationSHAP")
    assert "words" in ex.receipt.reason
    np.testing.assert_allclose(ex.predictions[:, 0], REVIEWS.predict_proba(texts)[:, 1], atol=1e-9)
    words = ex.parted.parts(0)
    assert words[int(ex.values[0, : len(words), 0].argmax())] == "good"


def test_texts_are_told_one_by_one_and_drawn():
    ex = pellucid.explain(REVIEWS, ["a good story", "awful"], target="1")
    first, second = ex.describe().split("\n\n")
    assert "“good” raised" in first
    assert "“awful” lowered" in second
    assert "“good”" in ex.describe(language="zh")
    assert ex.plot().texts


def test_a_masker_says_how_texts_are_split():
    ex = pellucid.explain(REVIEWS, ["A good story. An awful end."], Text(split="sentences"))
    assert ex.parted.parts(0) == ("A good story.", "An awful end.")
    assert "parts are few enough" in ex.receipt.reason


def test_images_are_explained_by_their_regions():
    images = np.zeros((2, 24, 24, 3))
    images[:, 2:8, 3:9] = [1.0, 0.5, 0.0]
    images[:, 14:22, 12:20] = [0.0, 0.2, 1.0]
    ex = pellucid.explain(lambda given: given[:, 2:8, 3:9, 0].mean(axis=(1, 2)), images)
    assert "regions" in ex.receipt.reason
    regions, values = ex.parted.regions[0], ex.values[0, :, 0]
    # each region has its pixels' part of the square's mean, over the image's mean red of 1/16 that stands for absence
    pixels = np.bincount(regions[2:8, 3:9].ravel(), minlength=len(values))
    assert 0 < (pixels > 0).sum() < len(values)
    np.testing.assert_allclose(values, pixels / 36 * (1 - 1 / 16), atol=1e-12)
    np.testing.assert_allclose(ex.predictions[:, 0], 1.0)
    assert ex[0].plot().images


def test_images_are_cut_into_regions_once():
    cut = []

    def halves(image):
        cut.append(image)
        return np.arange(image.shape[1]) // 12 * np.ones((24, 1), dtype=int)

    images = np.random.default_rng(0).random((3, 24, 24))
    ex = pellucid.explain(lambda given: given[:, :, 12:].sum(axis=(1, 2)), images, Superpixels(segment=halves))
    assert len(cut) == 3
    np.testing.assert_allclose(ex.values[:, 0, 0], 0, atol=1e-9)


def test_one_image_in_colour_is_told_from_a_pile_of_grey_ones():
    with pytest.raises(InputError, match=r"look like one image in colour; pass it as image\[np.newaxis\]"):
        pellucid.explain(lambda given: given.sum(axis=(1, 2)), np.zeros((32, 32, 3)))


def test_texts_take_no_background_rows():
    with pytest.raises(ParameterError, match=r"texts take a masker, such as Text\(\), got list"):
        pellucid.explain(REVIEWS, ["a good story"], ["other texts"])


def test_leading_effects_are_curves_of_trees_and_steps_of_other_models():
    rows = IRIS.data[:60]
    trees = leading_effects(as_model(FOREST), rows, pellucid.explain(FOREST, rows), most=2)
    assert [effect.receipt.method for effect in trees] == ["PartialDependence"]
    assert len(trees[0]) == 2
    network = as_model(FOREST.predict_proba, rows=rows)
    own = pellucid.explain(network, rows[:5], rows, target=network.output_names[1])
    (steps,) = leading_effects(network, rows, own, most=9)
    assert steps.receipt.method == "ALE"
    assert steps.target_names == (network.output_names[1],)
    assert leading_effects(network, rows[:1], own, most=9) == []


def test_a_report_draws_the_leading_curves_and_judges_the_decisions(tmp_path):
    rows, y = IRIS.data[::2], IRIS.target[::2]
    page = pellucid.report(FOREST, rows, tmp_path / "all.html", y=y, effects=2).read_text(encoding="utf-8")
    for said in (
        "How the prediction moves",
        "How good its decisions are",
        "Calibration, over 75 rows",
        "PartialDependence",
    ):
        assert said in page
    bare = pellucid.report(FOREST, rows, tmp_path / "bare.html", y=y, effects=0, performance=False)
    assert "How the prediction moves" not in bare.read_text(encoding="utf-8")
    assert "How good its decisions are" not in bare.read_text(encoding="utf-8")
    explained = pellucid.explain(FOREST, rows)
    again = pellucid.report(FOREST, explained, tmp_path / "again.html", y=y, effects=2).read_text(encoding="utf-8")
    assert again.count("<figure") == page.count("<figure")
    given = PartialDependence(FOREST, rows).explain(0)
    page = pellucid.report(FOREST, explained, tmp_path / "given.html", effects=[given]).read_text(encoding="utf-8")
    assert "PartialDependence, over 75 rows" in page
    assert "How good its decisions are" not in page


def test_performance_is_told_of_classifiers_by_what_they_can_answer():
    rows = IRIS.data
    names = [effect.receipt.method for effect in leading_performance(as_model(FOREST), rows, IRIS.target)]
    assert names == ["Calibration", "CumulativeGain"]
    two = RandomForestClassifier(5, random_state=0).fit(rows[:100], IRIS.target[:100])
    found = leading_performance(as_model(two), rows[:100], IRIS.target[:100])
    assert [effect.receipt.method for effect in found] == ["Calibration", "DiscriminationThreshold", "CumulativeGain"]
    assert leading_performance(as_model(two), rows[:50], IRIS.target[:50]) == []
    many = RandomForestClassifier(5, random_state=0).fit(rows, np.arange(150) % 6)
    found = leading_performance(as_model(many), rows, np.arange(150) % 6)
    assert len(found[1].target_names) == 4
    assert leading_performance(as_model(FOREST.predict_proba, rows=rows), rows, IRIS.target) == []
