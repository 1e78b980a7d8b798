"""The claims' truth against the formulas of the documentation, written again, and all 2048 coalitions."""

from math import comb

import numpy as np
from numpy.typing import NDArray

from pellucid.datasets import Dataset, claims
from pellucid.datasets.claims_mechanism import claims_mechanism

Columns = dict[str, NDArray[np.float64]]

PLAYERS = (
    "driver_age", "prior_claims", "annual_mileage_km", "policy_age_days", "accident_type", "accident_hour",
    "witnesses", "police_report", "report_delay_days", "claim_amount", "repair_shop",
)  # fmt: skip


def _columns(data: Dataset) -> Columns:
    return {name: data.X[:, j] for j, name in enumerate(data.feature_names)}


def _log_odds(x: Columns) -> NDArray[np.float64]:
    """docs/datasets.md, line by line; categories in alphabetical order, NaN for missing."""
    f = -4 + 1.2 * np.exp(-(x["driver_age"] - 18) / 8)
    f = f + np.where(np.isnan(x["prior_claims"]), 0.5, 0.25 * x["prior_claims"])
    mileage = x["annual_mileage_km"]
    f = f + np.where(np.isnan(mileage), 0.4, 0.3 * np.log(mileage / 13_000))
    f = f + 0.8 * np.exp(-x["policy_age_days"] / 90)
    f = f + np.array([0, 0.7, -0.8, -0.6, 0.6, 0.3])[x["accident_type"].astype(int)]
    night = (x["accident_hour"] >= 22) | (x["accident_hour"] <= 4)
    f = f + 0.3 * night - 0.3 * x["witnesses"] - 0.5 * x["police_report"]
    f = f + 0.3 * np.log(1 + x["report_delay_days"]) + 0.25 * np.log(x["claim_amount"] / 9_000)
    f = f + np.array([0, 0.5, -0.3, 0.7])[np.nan_to_num(x["repair_shop"], nan=3).astype(int)]
    young = np.exp(-(x["driver_age"] - 18) / 10)
    f = f + young * np.where(np.isnan(x["prior_claims"]), 1.2, 0.6 * x["prior_claims"])
    f = f + 3 * np.exp(-x["policy_age_days"] / 180) * np.minimum(x["report_delay_days"] / 10, 1)
    f = f + 2 * (((x["accident_type"] == 1) | (x["accident_type"] == 4)) & night)
    return f + 0.7 * np.log(x["claim_amount"] / 9_000) * (x["police_report"] == 0)


def _shapley_per_background_row(row: Columns, background: Columns) -> NDArray[np.float64]:
    """All coalitions of the eleven columns, absent ones taken from each background row: (players, background)."""
    n = len(PLAYERS)
    inside = (np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1
    mixed = {name: np.where(inside[:, j, None], row[name], background[name][None, :]) for j, name in enumerate(PLAYERS)}
    worth = _log_odds(mixed)
    size = inside.sum(axis=1, keepdims=True)
    with_player = np.array([1 / (n * comb(n - 1, s - 1)) if s else 0 for s in range(n + 1)])
    without = np.array([-1 / (n * comb(n - 1, s)) if s < n else 0 for s in range(n + 1)])
    weights = np.where(inside, with_player[size], without[size])
    return np.asarray(weights.T @ worth)


def test_log_odds_are_the_documented_formula_of_the_documented_columns() -> None:
    data = claims(20_000, seed=11, frame="numpy")
    assert data.truth is not None
    np.testing.assert_allclose(data.truth.log_odds, _log_odds(_columns(data)), atol=1e-12)


def test_shapley_values_lie_within_the_error_of_a_brute_force_over_all_coalitions() -> None:
    data, background = claims(2_000, seed=12, frame="numpy"), _columns(claims(1_000, seed=13, frame="numpy"))
    assert data.truth is not None
    truth = data.truth.shapley()
    where = [data.feature_names.index(name) for name in PLAYERS]
    for effect in data.truth.interactions.values():
        i = int(np.argmax(np.abs(effect)))
        row = {name: values[i] for name, values in _columns(data).items()}
        sampled = _shapley_per_background_row(row, background)
        error = sampled.std(axis=1, ddof=1) / np.sqrt(sampled.shape[1])
        assert error.max() < 0.04
        assert np.all(np.abs(sampled.mean(axis=1) - truth[i, where]) < 4.5 * error)


def test_each_share_of_levels_matches_its_probability() -> None:
    rows = 200_000
    drawn = claims_mechanism().sample(np.random.default_rng(14), rows)
    for name, factor in claims_mechanism().factors.items():
        p = factor.probability
        assert p.sum() == 1 or abs(p.sum() - 1) < 1e-12
        difference = np.bincount(drawn[name], minlength=len(p)) - rows * p
        assert np.all(np.abs(difference) < 6 * np.sqrt(rows * p) + 6)


def test_columns_of_the_mechanism_are_drawn_independently() -> None:
    rows = 100_000
    drawn = claims_mechanism().sample(np.random.default_rng(15), rows)
    correlation = np.corrcoef(list(drawn.values())) - np.eye(len(drawn))
    assert np.abs(correlation).max() < 5 / np.sqrt(rows)
