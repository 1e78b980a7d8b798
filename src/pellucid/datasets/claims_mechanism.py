"""Who claims what, and what makes a claim fraudulent: the mechanism behind ``claims``.

The eleven columns are drawn independently; ``docs/datasets.md`` states the same formulas in words.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pellucid.datasets.planted import Factor, Mechanism

__all__ = ["ACCIDENT_TYPES", "REPAIR_SHOPS", "claims_mechanism"]

Floats = NDArray[np.float64]

ACCIDENT_TYPES = ("collision", "fire", "glass", "hail", "theft", "vandalism")
REPAIR_SHOPS = ("authorised", "independent", "partner")

_TYPE_SHARES = (0.52, 0.06, 0.17, 0.07, 0.08, 0.10)
_TYPE_EFFECTS = (0.0, 0.7, -0.8, -0.6, 0.6, 0.3)
# the last share and effect belong to claims whose repair shop is not known yet
_SHOP_SHARES = (0.45, 0.20, 0.25, 0.10)
_SHOP_EFFECTS = (0.0, 0.5, -0.3, 0.7)
_PRIOR_SHARES = (0.45, 0.36, 0.14, 0.04, 0.007, 0.002, 0.001)
_WITNESS_SHARES = (0.55, 0.28, 0.12, 0.05)
_INTERCEPT = -4.0


@lru_cache(maxsize=1)
def claims_mechanism() -> Mechanism:
    """Return the distributions of the columns that matter, and their effects on the log-odds of fraud."""
    factors = _factors()
    at = {name: factor.values for name, factor in factors.items()}
    return Mechanism(_INTERCEPT, factors, _main_effects(at), _pair_effects(at))


def _factors() -> dict[str, Factor]:
    age, hour = np.arange(18.0, 86), np.arange(24.0)
    delay, policy = np.arange(61.0), np.arange(1.0, 3651)
    mileage, amount = np.arange(1_000.0, 60_001, 100), np.arange(500.0, 500_001, 10)
    prior = np.arange(7.0)
    return {
        "driver_age": _factor(age, _bell(age, 38, 13) + 0.45 * _bell(age, 60, 10)),
        "prior_claims": _with_missing(prior, np.array(_PRIOR_SHARES), 0.06 + 0.06 * prior),
        "annual_mileage_km": _with_missing(mileage, _log_bell(mileage, 13_000, 0.5), 0.04 + 0.3 * mileage / 60_000),
        "policy_age_days": _factor(policy, 1 + 4 * np.exp(-policy / 200)),
        "accident_type": _factor(np.arange(6.0), np.array(_TYPE_SHARES)),
        "accident_hour": _factor(hour, 1.2 + np.cos(2 * np.pi * (hour - 15) / 24)),
        "witnesses": _factor(np.arange(4.0), np.array(_WITNESS_SHARES)),
        "police_report": _factor(np.arange(2.0), np.array([0.55, 0.45])),
        "report_delay_days": _factor(delay, 0.8**delay + 0.01),
        "claim_amount": _factor(amount, _log_bell(amount, 9_000, 1.1)),
        "repair_shop": _factor(np.array([0.0, 1, 2, -1]), np.array(_SHOP_SHARES)),
    }


def _bell(values: Floats, mean: float, sigma: float) -> Floats:
    weights: Floats = np.exp(-(((values - mean) / sigma) ** 2) / 2)
    return weights


def _factor(values: Floats, weight: Floats) -> Factor:
    return Factor(values, weight / weight.sum())


def _with_missing(values: Floats, weight: Floats, missing: Floats) -> Factor:
    """Hide each value with its own probability: what is missing depends on what would have been there."""
    seen, hidden = weight * (1 - missing), weight @ missing
    return _factor(np.append(values, np.nan), np.append(seen, hidden))


def _log_bell(values: Floats, median: float, sigma: float) -> Floats:
    """Weights of evenly spaced values of a log-normal quantity."""
    return _bell(np.log(values / median), 0, sigma) / values


def _main_effects(at: dict[str, Floats]) -> dict[str, Floats]:
    return {
        "driver_age": 1.2 * np.exp(-(at["driver_age"] - 18) / 8),
        "prior_claims": _or_missing(0.25 * at["prior_claims"], 0.5),
        "annual_mileage_km": _or_missing(0.3 * np.log(at["annual_mileage_km"] / 13_000), 0.4),
        "policy_age_days": 0.8 * np.exp(-at["policy_age_days"] / 90),
        "accident_type": np.array(_TYPE_EFFECTS),
        "accident_hour": 0.3 * _is_night(at["accident_hour"]),
        "witnesses": -0.3 * at["witnesses"],
        "police_report": -0.5 * at["police_report"],
        "report_delay_days": 0.3 * np.log1p(at["report_delay_days"]),
        "claim_amount": 0.25 * np.log(at["claim_amount"] / 9_000),
        "repair_shop": np.array(_SHOP_EFFECTS),
    }


def _pair_effects(at: dict[str, Floats]) -> dict[tuple[str, str], Floats]:
    young = np.exp(-(at["driver_age"] - 18) / 10)
    history = _or_missing(0.6 * at["prior_claims"], 1.2)
    large = np.log(at["claim_amount"] / 9_000)
    new = np.exp(-at["policy_age_days"] / 180)
    late = np.minimum(at["report_delay_days"] / 10, 1)
    lost = np.isin(at["accident_type"], [ACCIDENT_TYPES.index("fire"), ACCIDENT_TYPES.index("theft")])
    return {
        ("driver_age", "prior_claims"): np.outer(young, history),
        ("policy_age_days", "report_delay_days"): 3.0 * np.outer(new, late),
        ("accident_type", "accident_hour"): 2.0 * np.outer(lost, _is_night(at["accident_hour"])),
        ("claim_amount", "police_report"): 0.7 * np.outer(large, 1 - at["police_report"]),
    }


def _or_missing(effect: Floats, missing: float) -> Floats:
    return np.where(np.isnan(effect), missing, effect)


def _is_night(hour: Floats) -> Floats:
    return ((hour >= 22) | (hour < 5)).astype(np.float64)
