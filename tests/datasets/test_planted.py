"""The planted truth against Shapley values enumerated from their definition."""

from itertools import combinations, product
from math import factorial

import numpy as np
import pytest

from pellucid.datasets.planted import Factor, Mechanism

NAMES = ("a", "b", "c", "d")


def _mechanism(rng: np.random.Generator) -> Mechanism:
    sizes = {"a": 2, "b": 3, "c": 4}
    factors = {name: Factor(np.arange(float(n)), rng.dirichlet(np.ones(n))) for name, n in sizes.items()}
    main = {"a": rng.normal(size=2), "c": rng.normal(size=4)}
    pairs = {("a", "b"): rng.normal(size=(2, 3)), ("c", "b"): rng.normal(size=(4, 3))}
    return Mechanism(0.7, factors, main, pairs)


def _log_odds(mechanism: Mechanism, levels: dict[str, int]) -> float:
    total = mechanism.intercept
    total += sum(effect[levels[name]] for name, effect in mechanism.main.items())
    return total + sum(effect[levels[a], levels[b]] for (a, b), effect in mechanism.pairs.items())


def _value(mechanism: Mechanism, known: dict[str, int]) -> float:
    """E[f] with some columns known, over every combination of levels of the others."""
    others = [name for name in mechanism.factors if name not in known]
    total = 0.0
    for levels in product(*(range(len(mechanism.factors[name].values)) for name in others)):
        drawn = dict(zip(others, levels, strict=True))
        chance = np.prod([mechanism.factors[name].probability[level] for name, level in drawn.items()])
        total += chance * _log_odds(mechanism, {**known, **drawn})
    return total


def _shapley(mechanism: Mechanism, row: dict[str, int], player: str) -> float:
    others = [name for name in row if name != player]
    total = 0.0
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(len(others) - size) / factorial(len(row))
        for coalition in combinations(others, size):
            known = {name: row[name] for name in coalition}
            gain = _value(mechanism, {**known, player: row[player]}) - _value(mechanism, known)
            total += weight * gain
    return total


@pytest.mark.parametrize("seed", [0, 1])
def test_shapley_values_agree_with_enumeration_of_all_coalitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mechanism = _mechanism(rng)
    drawn = mechanism.sample(rng, 12)
    truth = mechanism.truth(drawn, NAMES)
    values = truth.shapley()
    for i in range(12):
        row = {name: int(levels[i]) for name, levels in drawn.items()}
        expected = [_shapley(mechanism, row, name) for name in row]
        np.testing.assert_allclose(values[i, :3], expected, atol=1e-12)
        assert truth.log_odds[i] == pytest.approx(_log_odds(mechanism, row), abs=1e-12)


def test_base_is_the_mean_of_the_log_odds_over_all_combinations() -> None:
    mechanism = _mechanism(np.random.default_rng(3))
    nothing = {name: np.zeros(0, dtype=np.int64) for name in mechanism.factors}
    truth = mechanism.truth(nothing, NAMES)
    assert truth.base == pytest.approx(_value(mechanism, {}), abs=1e-12)


def test_values_sum_to_log_odds_minus_base_and_a_column_without_effect_gets_zero() -> None:
    rng = np.random.default_rng(4)
    mechanism = _mechanism(rng)
    truth = mechanism.truth(mechanism.sample(rng, 500), NAMES)
    values = truth.shapley()
    np.testing.assert_allclose(values.sum(axis=1), truth.log_odds - truth.base, atol=1e-12)
    assert not values[:, 3].any()


def test_every_part_of_the_decomposition_averages_to_zero_over_each_of_its_columns() -> None:
    mechanism = _mechanism(np.random.default_rng(5))
    everything = np.array(list(product(range(2), range(3), range(4)))).T
    truth = mechanism.truth(dict(zip("abc", everything, strict=True)), NAMES)
    chance = {name: factor.probability for name, factor in mechanism.factors.items()}
    shape = (2, 3, 4)
    for name, effect in truth.main.items():
        table = np.moveaxis(effect.reshape(shape), "abc".index(name), 0)[:, 0, 0]
        assert chance[name] @ table == pytest.approx(0, abs=1e-14)
    for pair, effect in truth.interactions.items():
        for name in pair:
            over_one = np.tensordot(effect.reshape(shape), chance[name], axes=("abc".index(name), 0))
            np.testing.assert_allclose(over_one, 0, atol=1e-14)


def test_levels_are_drawn_as_often_as_their_probability_says() -> None:
    factor = Factor(np.array([5.0, 6.0, np.nan]), np.array([0.2, 0.5, 0.3]))
    shares = np.bincount(factor.sample(np.random.default_rng(6), 100_000), minlength=3) / 100_000
    np.testing.assert_allclose(shares, factor.probability, atol=5 * np.sqrt(0.25 / 100_000))


def test_a_factor_with_one_level_is_always_that_level() -> None:
    assert not Factor(np.array([1.0]), np.array([1.0])).sample(np.random.default_rng(7), 50).any()
