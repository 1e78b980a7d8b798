"""LIME against the definition, against lime on lime's own perturbed rows, and against repeats with other seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lime.lime_base import LimeBase
from lime.lime_tabular import LimeTabularExplainer
from lime.lime_text import LimeTextExplainer
from scipy.stats import ks_2samp
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge

from pellucid.attribution import LIME
from pellucid.attribution.surrogate.local_ridge import LocalRidge
from pellucid.core.errors import InputError, ParameterError
from pellucid.core.images import Images
from pellucid.core.masker import MaskedBatch, Masker
from pellucid.maskers import Baseline, Patches, Text

X, Y = load_diabetes(return_X_y=True)
#: its bins hold one value each, for which lime puts 0 into the perturbed rows
SEX = 1
FOREST = RandomForestRegressor(10, max_depth=5, random_state=0).fit(X, Y)


class Seen:
    """A model that keeps what it was asked."""

    def __init__(self, function):
        self.function = function
        self.asked = []

    def __call__(self, rows):
        self.asked.append(rows)
        return self.function(rows)


class Blocks(Masker):
    """Images in quarters, black where absent."""

    one_base, alike = False, False

    def read(self, rows, model):
        n, height, width = rows.shape[:3]
        quarters = np.add.outer(np.arange(height) * 2 // height * 2, np.arange(width) * 2 // width)
        return Images(rows, np.repeat(quarters[np.newaxis].astype(np.int32), n, axis=0))

    def players(self, row):
        return row.parts(0)

    def inputs(self, rows, coalitions, *, batch_size):
        pixels = rows.native[0] * coalitions[:, rows.regions[0]]
        yield MaskedBatch(Images(pixels), np.arange(len(coalitions)), np.ones(len(coalitions)))

    def describe(self):
        return {"absent": "black quarters"}


def ridge_of(data, weights):
    draws = np.ones(len(data))
    draws[0] = 0.0
    return LocalRidge((data - data[0]).T.copy(), weights, draws)


def recorded(explainer, monkeypatch):
    """Perturbed rows, answers, distances and coefficients of lime, from the call of its own solver."""
    calls = []
    whole = LimeBase.explain_instance_with_data

    def spy(self, data, labels, distances, label, *rest, **settings):
        found = whole(self, data, labels, distances, label, *rest, **settings)
        calls.append((np.asarray(data, dtype=float), labels[:, label], self.kernel_fn(distances), found))
        return found

    monkeypatch.setattr(LimeBase, "explain_instance_with_data", spy)
    explainer()
    return calls


@pytest.mark.parametrize(
    ("selection", "most"),
    [("auto", 10), ("auto", 4), ("forward_selection", 7), ("highest_weights", 3), ("lasso_path", 5), ("none", 2)],
)
@pytest.mark.parametrize("discretized", [True, False])
def test_limes_own_perturbed_rows_get_limes_coefficients(monkeypatch, selection, most, discretized):
    explainer = LimeTabularExplainer(
        X, mode="regression", discretize_continuous=discretized, feature_selection=selection, random_state=1
    )
    calls = recorded(
        lambda: [explainer.explain_instance(row, FOREST.predict, num_features=most, num_samples=800) for row in X[:3]],
        monkeypatch,
    )
    for data, answers, weights, (intercept, coefficients, r2, prediction) in calls:
        fit = ridge_of(data, weights).fit(answers, data[0], most=most, selection=selection, alpha=1.0)
        theirs = np.zeros(10)
        for feature, coefficient in coefficients:
            theirs[feature] = coefficient
        np.testing.assert_allclose(fit.coefficients, theirs, atol=1e-9 * np.abs(theirs).max())
        np.testing.assert_allclose(fit.prediction, prediction[0], rtol=1e-9)
        np.testing.assert_allclose(fit.prediction - fit.coefficients @ data[0], intercept, rtol=1e-9)
        np.testing.assert_allclose(fit.r2, r2, rtol=1e-9)


def test_limes_own_perturbed_texts_get_limes_coefficients(monkeypatch):
    def classify(texts):
        found = np.array([text.count("good") - text.count("bad") for text in texts], dtype=float)
        return np.column_stack([1 / (1 + np.exp(found)), 1 / (1 + np.exp(-found))])

    explainer = LimeTextExplainer(random_state=0, bow=False)
    text = "a good film with a bad end and a good start"
    calls = recorded(lambda: explainer.explain_instance(text, classify, num_samples=500), monkeypatch)
    data, answers, weights, (_, coefficients, r2, _) = calls[0]
    fit = ridge_of(data, weights).fit(answers, data[0], most=10, selection="auto", alpha=1.0)
    np.testing.assert_allclose(fit.coefficients[[f for f, _ in coefficients]], [c for _, c in coefficients], rtol=1e-9)
    np.testing.assert_allclose(fit.r2, r2, rtol=1e-9)
    kept = data.sum(axis=1)
    np.testing.assert_allclose(weights, np.exp(-((1 - np.sqrt(kept / data.shape[1])) ** 2) / (2 * 0.25**2)), rtol=1e-9)


@pytest.mark.parametrize("discretized", [True, False])
def test_perturbed_rows_have_limes_distribution(discretized):
    theirs, ours = Seen(FOREST.predict), Seen(FOREST.predict)
    explainer = LimeTabularExplainer(X, mode="regression", discretize_continuous=discretized, random_state=0)
    explainer.explain_instance(X[0], theirs)
    LIME(ours, X, discretize="quartile" if discretized else None).explain(X[:1])
    mine = max(ours.asked, key=len)
    assert len(mine) == 4_999
    for j in sorted(set(range(10)) - ({SEX} if discretized else set())):
        assert ks_2samp(mine[:, j], theirs.asked[0][1:, j]).pvalue > 1e-3


def test_a_bin_of_one_value_keeps_that_value():
    ours = Seen(FOREST.predict)
    LIME(ours, X).explain(X[:1])
    mine = max(ours.asked, key=len)[:, SEX]
    np.testing.assert_array_equal(np.unique(mine), np.unique(X[:, SEX]))
    np.testing.assert_allclose((mine > 0).mean(), (X[:, SEX] > 0).mean(), atol=0.03)


def test_values_agree_with_limes_within_the_error_of_both():
    explainer = LimeTabularExplainer(X, mode="regression", random_state=0)
    ex = LIME(FOREST, X, features=None).explain(X[:4])
    for row in range(4):
        found = dict(explainer.explain_instance(X[row], FOREST.predict, num_features=10).local_exp[1])
        theirs = np.array([found[j] for j in range(10)])
        z = (ex.values[row, :, 0] - theirs) / (np.sqrt(2) * ex.stderr[row, :, 0])
        assert np.abs(z).max() < 4.5


def test_the_definition_worked_through_slowly():
    """Weights, ridge and base from the formula, by scikit-learn, on the rows that the model was asked about."""
    seen = Seen(lambda rows: rows[:, 0] ** 2 + rows[:, 1])
    background = np.random.default_rng(0).normal(size=(50, 3))
    row = np.array([[0.3, -0.2, 2.0]])
    ex = LIME(seen, background, samples=200, features=None).explain(row)
    asked = np.concatenate([row, max(seen.asked, key=len)])
    edges = np.percentile(background, [25, 50, 75], axis=0)
    bins = np.stack([np.searchsorted(edges[:, j], asked[:, j]) for j in range(3)], axis=1)
    z = (bins == bins[0]).astype(float)
    d = np.sqrt(((z - 1) ** 2).sum(axis=1))
    weights = np.sqrt(np.exp(-(d**2) / (0.75 * np.sqrt(3)) ** 2))
    model = Ridge(alpha=1.0).fit(z, asked[:, 0] ** 2 + asked[:, 1], sample_weight=weights)
    np.testing.assert_allclose(ex.values[0, :, 0], model.coef_, atol=1e-10)
    np.testing.assert_allclose(ex.base[0, 0], model.intercept_, atol=1e-10)


def test_standard_errors_are_those_of_repeats_with_other_seeds():
    runs = [LIME(FOREST, X, samples=600, features=None, seed=seed).explain(X[:3]) for seed in range(60)]
    values, errors = (np.stack([getattr(ex, name)[..., 0] for ex in runs]) for name in ("values", "stderr"))
    ratio = np.sqrt((errors**2).mean(axis=0)) / values.std(axis=0, ddof=1)
    assert 0.85 < np.exp(np.log(ratio).mean()) < 1.18
    assert ratio.min() > 0.6
    assert ratio.max() < 1.6


def test_a_linear_model_is_imitated_exactly_where_numbers_stay_numbers():
    weights = np.array([2.0, -1.0, 0.5])
    background = np.random.default_rng(1).normal(size=(300, 3))
    for around in (False, True):
        ex = LIME(
            lambda rows: rows @ weights + 1.0,
            background,
            discretize=None,
            sample_around_instance=around,
            alpha=1e-9,
            features=None,
        ).explain(background[:5])
        mean = background.mean(axis=0)
        np.testing.assert_allclose(ex.values[..., 0], (background[:5] - mean) * weights, atol=1e-6)
        np.testing.assert_allclose(ex.predictions[:, 0], background[:5] @ weights + 1.0, atol=1e-6)


def test_rows_that_share_perturbed_rows_ask_the_model_once():
    seen = Seen(FOREST.predict)
    ex = LIME(seen, X, samples=1_000).explain(X[:50])
    assert ex.receipt.evaluations == 999 + 50
    assert sum(map(len, seen.asked)) <= 999 + 50 + 2 + 64


def test_categories_dates_missing_and_weights():
    rng = np.random.default_rng(2)
    n = 200
    frame = pd.DataFrame(
        {
            "fuel": pd.Categorical(rng.choice(["gas", "oil"], n)),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
            "age": np.where(rng.random(n) < 0.2, np.nan, rng.normal(40, 10, n)),
            "code": rng.integers(0, 3, n),
        }
    )

    def price(rows):
        assert str(rows["day"].dtype).startswith("datetime64")
        return (rows["fuel"] == "gas") * 2.0 + rows["age"].isna() * 5.0 + (rows["code"] == 1) * 3.0

    method = LIME(price, (frame, np.arange(n)), categorical=["code"], features=None)
    rows = frame[(frame["fuel"] == "gas") & frame["age"].isna() & (frame["code"] == 1)][:1]
    ex = method.explain(rows)
    np.testing.assert_allclose(ex.values[0, :, 0], [2, 0, 5, 3], atol=0.1)
    fuel, day, age, code = method.conditions(rows)[0]
    assert (fuel, age, code) == ("fuel = gas", "age is missing", "code = 1")
    assert "2024" in day


def test_conditions_say_in_which_bin_a_number_lies():
    background = np.arange(101.0)[:, np.newaxis]
    found = LIME(lambda rows: rows[:, 0], background).conditions(np.array([[0.0], [26.0], [50.0], [500.0]]))
    assert found == [("x0 ≤ 25",), ("25 < x0 ≤ 50",), ("25 < x0 ≤ 50",), ("x0 > 75",)]


def test_quarters_of_an_image():
    images = np.random.default_rng(0).random((3, 8, 8)) + 0.5

    def brightness(given):
        return given[:, :4, 4:].sum(axis=(1, 2))

    ex = LIME(brightness, Blocks(), alpha=1e-6).explain(images)
    assert ex.values.shape == (3, 4, 1)
    np.testing.assert_allclose(ex.values[:, 1, 0], brightness(images), rtol=1e-6)
    np.testing.assert_allclose(ex.values[:, [0, 2, 3], 0], 0, atol=1e-5)
    assert ex.receipt.evaluations == 3 * 2**4


def test_words_of_texts_of_any_length():
    def length(texts):
        return np.array([len(text.split()) for text in texts], dtype=float)

    texts = ["one", "a b c", " ".join(f"w{i}" for i in range(30))]
    ex = LIME(length, Text(), features=None, alpha=1e-6).explain(texts)
    np.testing.assert_allclose(ex.values[1, :3, 0], 1, atol=1e-6)
    assert not ex.values[1, 3:].any()
    np.testing.assert_allclose(ex.values[2, :, 0], 1, atol=1e-6)
    assert LIME(length, Text()).conditions(texts)[1] == ("a", "b", "c")


def test_a_model_that_never_changes_its_answer_is_imitated_in_full():
    ex = LIME(lambda rows: np.full(len(rows), 0.3), X).explain(X[:2])
    np.testing.assert_allclose(ex.values, 0, atol=1e-12)
    assert "lowest 1," in ex.receipt.notes[0]


def test_the_receipt_says_how_far_the_surrogate_is_from_the_model():
    ex = LIME(FOREST, X).explain(X[:5])
    gaps = np.abs(ex.predictions[:, 0] - FOREST.predict(X[:5]))
    assert f"{gaps.max():.2g} at most" in ex.receipt.completeness.reason
    assert "weighted R²" in ex.receipt.notes[0]


@pytest.mark.parametrize("setting", [{"categorical": ["a"]}, {"sample_around_instance": True}])
def test_settings_about_columns_are_refused_for_texts(setting):
    with pytest.raises(ParameterError, match="is about columns"):
        LIME(lambda texts: np.zeros(len(texts)), Text(), **setting).explain(["a b"])


def test_missing_numbers_that_stay_numbers_are_refused():
    holes = X[:20].copy()
    holes[3, 2] = np.nan
    with pytest.raises(InputError, match=r"column 'x2' has missing values.*discretize='quartile'"):
        LIME(lambda rows: rows[:, 0], holes, discretize=None).explain(X[:1])


def test_a_background_with_an_infinite_number_is_refused():
    far = X[:20].copy()
    far[3, 2] = np.inf
    with pytest.raises(InputError, match="column 'x2' holds an infinite number"):
        LIME(lambda rows: rows[:, 0], far).explain(X[:1])


def test_of_other_maskers_the_players_are_present_or_absent():
    base, row = np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 0.0, 7.0]])
    weights = np.array([2.0, -1.0, 0.5])
    ex = LIME(lambda rows: rows @ weights, Baseline(base), alpha=1e-9).explain(row)
    np.testing.assert_allclose(ex.values[0, :, 0], ((row - base) * weights)[0], atol=1e-6)
    np.testing.assert_allclose(ex.base[0, 0], (base @ weights)[0], atol=1e-6)


def test_images_are_asked_about_in_batches_that_fit_in_memory():
    seen = Seen(lambda images: images.sum(axis=(1, 2)))

    class Pixels(Blocks):
        def read(self, rows, model):
            return Images(rows, np.arange(64, dtype=np.int32).reshape(1, 8, 8).repeat(len(rows), axis=0))

        def inputs(self, rows, coalitions, *, batch_size):
            for start in range(0, len(coalitions), batch_size):
                part = coalitions[start : start + batch_size]
                entry = np.arange(start, start + len(part))
                yield MaskedBatch(Images(rows.native[0] * part[:, rows.regions[0]]), entry, np.ones(len(part)))

    LIME(seen, Pixels()).explain(np.ones((1, 8, 8)))
    assert max(map(len, seen.asked)) == 64


def test_rows_around_which_numbers_are_drawn_have_the_same_values_alone():
    settings = {"discretize": None, "sample_around_instance": True, "samples": 300, "seed": 4}
    together = LIME(FOREST, X, **settings).explain(X[:20])
    alone = LIME(FOREST, X, **settings).explain(X[17:18])
    np.testing.assert_array_equal(together.values[17], alone.values[0])
    np.testing.assert_array_equal(together.stderr[17], alone.stderr[0])


def test_numbers_drawn_around_a_row_are_limes_steps_from_it():
    seen = Seen(FOREST.predict)
    LIME(seen, X, discretize=None, sample_around_instance=True, samples=500).explain(X[:2])
    first, second = (asked for asked in seen.asked if len(asked) == 499)
    np.testing.assert_allclose(first - X[0], second - X[1], atol=1e-12)
    assert ks_2samp(((first - X[0]) / X.std(axis=0)).ravel(), np.random.default_rng(0).normal(size=5_000)).pvalue > 1e-3


@pytest.mark.parametrize("shape", [(12, 12), (12, 12, 1), (12, 12, 3), (12, 12, 4)])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "uint16"])
def test_images_of_any_type_and_number_of_channels(shape, dtype):
    images = np.full((2, *shape), 40, dtype=dtype)
    images[:, :6, 6:] = 200

    def brightness(given):
        assert given.dtype == images.dtype
        return given[:, :6, 6:].reshape(len(given), -1).mean(axis=1, dtype=np.float64)

    ex = LIME(brightness, Patches(6, absent=0), alpha=1e-6, samples=200).explain(list(images))
    np.testing.assert_allclose(ex.values[..., 0], [[0, 200, 0, 0]] * 2, atol=1e-3)
