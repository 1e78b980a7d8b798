"""Sampled interactions of pairs against their definition, at p ≤ 10; texts and images, whose parts are players."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text as Text_

import pellucid
from pellucid.attribution import ShapleyInteractions
from pellucid.core.errors import ParameterError
from pellucid.maskers import Patches, Text

P = 10
PAIRS = list(combinations(range(P), 2))
RNG = np.random.default_rng(8)
BACKGROUND, ROWS = RNG.normal(size=(6, P)), RNG.normal(size=(2, P))
MIX = RNG.normal(size=(P, 12))


def network(rows):
    """Smooth, with interactions of every size."""
    return np.tanh(np.asarray(rows) @ MIX / 2).sum(axis=1) + 2 * np.asarray(rows)[:, 0] * np.asarray(rows)[:, 1]


def of_pairs(rows):
    """Products of two columns and nothing above."""
    x = np.asarray(rows)
    return x[:, 0] * x[:, 1] - 2 * x[:, 3] * x[:, 7] + x[:, 2] + x[:, 5] * x[:, 0] ** 3


def worths(model, row):
    """v of every coalition, by its bits."""
    present = (np.arange(2**P)[:, np.newaxis] >> np.arange(P)) & 1 == 1
    mixed = np.where(present[:, np.newaxis], row, BACKGROUND)
    return model(mixed.reshape(-1, P)).reshape(len(present), -1).mean(axis=1)


def by_definition(v):
    """``Σ_S s! (p−s−2)! / (p−1)! (v(S∪ij) − v(S∪i) − v(S∪j) + v(S))`` of each pair."""
    found = []
    for i, j in PAIRS:
        total = 0.0
        for s in range(2**P):
            if not s & (1 << i | 1 << j):
                share = 1 / ((P - 1) * comb(P - 2, s.bit_count()))
                total += share * (v[s | 1 << i | 1 << j] - v[s | 1 << i] - v[s | 1 << j] + v[s])
        found.append(total)
    return np.array(found)


@pytest.fixture(scope="module")
def truth():
    return np.array([by_definition(worths(network, row)) for row in ROWS])


def sampled(budget, seed=0, **how):
    return ShapleyInteractions(network, BACKGROUND, budget=budget, seed=seed, **how).explain(ROWS)


def test_errors_fall_as_the_budget_grows(truth):
    size = np.sqrt((truth**2).mean())
    errors = [
        np.sqrt(np.mean([(sampled(budget, seed).values[:, :, 0] - truth) ** 2 for seed in range(5)])) / size
        for budget in (60, 150, 400, 900)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[1] < 0.2
    assert errors[-1] < 0.02


def test_the_full_budget_is_exact(truth):
    ex = sampled(2**P)
    np.testing.assert_allclose(ex.values[:, :, 0], truth, atol=1e-12)
    assert ex.stderr is None


@pytest.mark.parametrize("budget", [150, 400])
def test_the_truth_lies_within_two_standard_errors(truth, budget):
    runs = [sampled(budget, seed) for seed in range(8)]
    inside = [np.abs(ex.values[:, :, 0] - truth) <= 1.96 * ex.stderr[:, :, 0] for ex in runs]
    assert 0.9 <= np.mean(inside) <= 0.999


def test_a_model_of_pairs_alone_is_found_exactly_from_few_coalitions():
    found = ShapleyInteractions(of_pairs, BACKGROUND, budget=128).explain(ROWS)
    expected = [by_definition(worths(of_pairs, row)) for row in ROWS]
    np.testing.assert_allclose(found.values[:, :, 0], expected, atol=1e-3 * np.abs(expected).max())


def test_main_effects_are_what_is_left_of_the_shapley_values(truth):
    ex, plain = sampled(300), sampled(300, index="SII")
    np.testing.assert_array_equal(ex.values, plain.values)
    halves = np.zeros((len(ROWS), P))
    for number, (i, j) in enumerate(PAIRS):
        halves[:, [i, j]] += ex.values[:, number] / 2
    np.testing.assert_allclose(ex.main[:, :, 0] + halves, plain.main[:, :, 0], atol=1e-12)
    np.testing.assert_allclose(ex.predictions[:, 0], network(ROWS), atol=1e-9)
    assert ex.receipt.completeness.kind == "checked"
    assert plain.receipt.completeness.kind == "not promised"


def test_a_larger_budget_asks_only_for_what_is_new():
    asked = set()

    def counting(rows):
        asked.update(row.tobytes() for row in np.asarray(rows))
        return network(rows)

    for budget in (60, 200, 500):
        before = set(asked)
        ShapleyInteractions(counting, BACKGROUND, budget=budget).explain(ROWS[:1])
        assert before <= asked
        assert len(asked) - len(before) <= (budget + 2) * len(BACKGROUND)
    only = asked.copy()
    asked.clear()
    ShapleyInteractions(counting, BACKGROUND, budget=500).explain(ROWS[:1])
    assert asked == only


def test_the_seed_decides_and_rows_do_not_depend_on_each_other():
    np.testing.assert_array_equal(sampled(200, 3).values, sampled(200, 3).values)
    assert not np.array_equal(sampled(200, 3).values, sampled(200, 4).values)
    alone = ShapleyInteractions(network, BACKGROUND, budget=200, seed=3).explain(ROWS[1:])
    np.testing.assert_allclose(alone.values[0], sampled(200, 3).values[1], atol=1e-12)
    assert sampled(200, 3).receipt.seed == 3


def test_targets_are_estimated_each_by_itself():
    def two(rows):
        return np.stack([network(rows), of_pairs(rows)], axis=1)

    both = ShapleyInteractions(two, BACKGROUND, budget=200).explain(ROWS)
    one = ShapleyInteractions(two, BACKGROUND, budget=200).explain(ROWS, target=1)
    np.testing.assert_allclose(both.target(1).values, one.values, atol=1e-12)


def test_a_constant_model_has_no_interactions():
    ex = ShapleyInteractions(lambda rows: np.full(len(rows), 3.0), BACKGROUND, budget=100).explain(ROWS)
    assert not ex.values.any()
    assert not ex.stderr.any()


def test_standard_errors_are_kept(tmp_path):
    ex = sampled(100)
    ex.save(tmp_path / "ex.npz")
    again = pellucid.load(tmp_path / "ex.npz")
    np.testing.assert_array_equal(again.stderr, ex.stderr)
    np.testing.assert_array_equal(again[1].main_stderr, ex.main_stderr[1:])
    assert ex.as_attribution().stderr.shape == (2, P + len(PAIRS), 1)


def test_what_a_sample_cannot_give_is_refused():
    for how in ({"index": "STII"}, {"order": 3}):
        with pytest.raises(ParameterError, match="a sample, which gives k-SII and SII of order 2, got index="):
            sampled(100, **how)
    with pytest.raises(ParameterError, match="at least 42 coalitions for 10 players, got 41; about 160 is usual"):
        sampled(41)
    with pytest.raises(ParameterError, match="pass budget=380 for a sample"):
        ShapleyInteractions(lambda rows: rows.sum(axis=1), np.zeros((2, 20))).explain(np.zeros((1, 20)))


def review(texts):
    """Good is worth 1, and minus 1 after a "not" anywhere."""
    words = [text.split() for text in texts]
    return np.array([w.count("good") * (1.0 - 2 * ("not" in w)) for w in words])


def test_words_of_a_text_are_the_players():
    ex = ShapleyInteractions(review, Text()).explain(["not good but a good film"])
    assert ex.feature_names == ("not", "good", "but", "a", "good (2)", "film")
    np.testing.assert_allclose(ex.pair("not", "good"), -2, atol=1e-12)
    np.testing.assert_allclose(ex.pair("not", "good (2)"), -2, atol=1e-12)
    np.testing.assert_allclose(ex.effect("good"), 1, atol=1e-12)
    assert ex.strongest(2) == [("not", "good"), ("not", "good (2)")]
    assert "not × good (−2.00)" in ex.describe()
    written = {text.get_text() for text in ex.plot("network", ax=Figure()).figure.findobj(Text_)}
    assert {"not", "good", "good (2)", "film"} <= written


def test_a_long_text_is_sampled(tmp_path):
    text = " ".join(f"word{k}" for k in range(38)) + " not good"
    ex = ShapleyInteractions(review, Text(), budget=600).explain([text])
    assert ex.strongest(1) == [("not", "good")]
    np.testing.assert_allclose(ex.pair("not", "good"), -2, atol=0.05)
    np.testing.assert_allclose(ex.predictions[:, 0], review([text]), atol=1e-9)
    ex.save(tmp_path / "ex.npz")
    assert pellucid.load(tmp_path / "ex.npz").feature_names == ex.feature_names


def test_regions_of_an_image_are_the_players():
    image = np.ones((1, 8, 8))

    def corners(images):
        return images[:, 0, 0] * images[:, 7, 7]

    ex = ShapleyInteractions(corners, Patches(4, absent=0)).explain(image)
    assert ex.feature_names == ("region 0", "region 1", "region 2", "region 3")
    np.testing.assert_allclose(ex.pair("region 0", "region 3"), 1, atol=1e-12)


def test_several_texts_are_refused():
    with pytest.raises(ParameterError, match="got 2 rows; explain one at a time"):
        ShapleyInteractions(review, Text()).explain(["not good", "good"])
