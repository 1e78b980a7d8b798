"""Motor insurance claims, some of them fraudulent, with the true reason of each planted and known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pellucid.core.params import Constraint, OneOf, Whole, check_settings
from pellucid.core.rng import generator
from pellucid.datasets.claims_labels import LABELS, UNITS
from pellucid.datasets.claims_mechanism import ACCIDENT_TYPES, REPAIR_SHOPS, claims_mechanism
from pellucid.datasets.dataset import Dataset
from pellucid.datasets.frames import Column, FrameName, build, choose

__all__ = ["claims"]

_REGIONS = ("centre", "east", "north", "north-east", "south", "south-west", "west")
_CHANNELS = ("agent", "broker", "dealer", "online")
_CATEGORIES = {
    "region": _REGIONS,
    "sales_channel": _CHANNELS,
    "accident_type": ACCIDENT_TYPES,
    "repair_shop": REPAIR_SHOPS,
}
_NUMBERS = ("annual_mileage_km", "claim_amount", "repair_estimate")
_FIRST_DAY, _DAYS = np.datetime64("2021-01-01", "D"), 3 * 365

Values = Mapping[str, NDArray[Any]]


def claims(
    rows: int = 10_000,
    seed: int = 0,
    *,
    frame: FrameName | None = None,
    dates: Literal["datetime", "days"] = "datetime",
) -> Dataset:
    """Return generated motor insurance claims whose fraud mechanism is known.

    P(fraud) = 1 / (1 + exp(-f)),   f = c + Σ g_i(x_i) + Σ h_ij(x_i, x_j)

    Eleven independent columns have a main effect each, and four pairs interact; about 8 % of the claims are
    fraudulent. Not in f are ``region``, ``sales_channel``, the three dates, and ``repair_estimate``, which
    follows ``claim_amount``. Missing is a level with an effect of its own: ``annual_mileage_km`` and
    ``prior_claims`` are missing more often where they are high, ``repair_shop`` where none is chosen yet.
    ``repair_estimate`` is missing for thefts, which leave nothing to repair. ``docs/datasets.md`` lists every
    formula.

    Parameters
    ----------
    rows : how many claims, at least 1.
    seed : the same seed gives the same bits.
    frame : "pandas", "polars", "pyarrow", or "numpy" for one float array with positions in
        ``Dataset.categories`` for categories, days for dates and NaN for missing; None takes the first frame
        library installed.
    dates : "datetime", or "days" for whole days since 1970-01-01, which models take as they are.

    Returns
    -------
    Dataset with X (rows, 17), y (rows,) 1 for fraud, and ``truth`` in log-odds.

    Raises
    ------
    ParameterError
        A setting is outside what it may be.
    MissingExtraError
        The frame library is not installed.

    Examples
    --------
    >>> data = claims(1_000, seed=7, frame="numpy")
    >>> data.X.shape
    (1000, 17)
    >>> shapley = data.truth.shapley()
    >>> bool(abs(data.truth.base + shapley.sum(axis=1) - data.truth.log_odds).max() < 1e-12)
    True
    """
    allowed: dict[str, Constraint] = {"rows": Whole(1), "seed": Whole(0), "dates": OneOf(("datetime", "days"))}
    check_settings("claims", allowed, {"rows": rows, "seed": seed, "dates": dates})
    library = choose("claims", frame)
    rng = generator(seed, "claims")
    mechanism = claims_mechanism()
    drawn = mechanism.sample(rng, rows)
    truth = mechanism.truth(drawn, tuple(LABELS))
    values = {name: mechanism.factors[name].values[level] for name, level in drawn.items()}
    values |= _bystanders(values, rng, rows)
    return Dataset(
        name="claims",
        X=build([_column(name, values[name], dates) for name in LABELS], library),
        y=(rng.random(rows) < 1 / (1 + np.exp(-truth.log_odds))).astype(np.int64),
        feature_names=tuple(LABELS),
        target_names=("genuine", "fraud"),
        description="Generated motor insurance claims; what makes about 8 % of them fraudulent is known.",
        categories=_CATEGORIES,
        labels=LABELS,
        units=UNITS,
        truth=truth,
    )


def _bystanders(values: Values, rng: np.random.Generator, rows: int) -> dict[str, NDArray[Any]]:
    """Draw the columns that the mechanism does not read."""
    accident = _FIRST_DAY + rng.integers(_DAYS, size=rows)
    estimate = np.round(values["claim_amount"] * np.exp(0.25 * rng.standard_normal(rows)), -1)
    estimate[values["accident_type"] == ACCIDENT_TYPES.index("theft")] = np.nan
    return {
        "region": rng.integers(len(_REGIONS), size=rows),
        "sales_channel": rng.integers(len(_CHANNELS), size=rows),
        "policy_start": accident - values["policy_age_days"].astype(np.int64),
        "accident_date": accident,
        "report_date": accident + values["report_delay_days"].astype(np.int64),
        "repair_estimate": estimate,
    }


def _column(name: str, values: NDArray[Any], dates: str) -> Column:
    if name in _CATEGORIES:
        return Column(name, "category", values.astype(np.int64), levels=_CATEGORIES[name])
    if name in _NUMBERS:
        return Column(name, "number", values)
    if name == "police_report":
        return Column(name, "boolean", values == 1)
    if name == "prior_claims":
        return Column(name, "integer", values, nullable=True)
    if values.dtype.kind == "M" and dates == "datetime":
        return Column(name, "date", values)
    return Column(name, "integer", values.astype(np.int64))
