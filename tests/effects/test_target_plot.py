"""Target plots against pandas' own bins and groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

import pellucid
from pellucid.core.errors import ColumnsError, InputError, ParameterError, PellucidError
from pellucid.effects import TargetPlot

RNG = np.random.default_rng(3)
N = 400
FRAME = pd.DataFrame(
    {
        "age": RNG.integers(18, 80, N).astype(float),
        "income": RNG.lognormal(8, 1, N),
        "town": pd.Categorical(RNG.choice(["Aa", "Bb", "Cc"], N)),
        "member": pd.array(RNG.choice([True, False], N), dtype="boolean"),
        "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 900, N), unit="D"),
        "children": pd.array(RNG.integers(0, 4, N), dtype="Int64"),
    }
)
FRAME.loc[::9, "income"] = np.nan
FRAME.loc[::11, "town"] = None
FRAME.loc[::13, "member"] = pd.NA
FRAME.loc[::17, "since"] = pd.NaT
Y = pd.Series(FRAME["age"] / 10 + RNG.normal(size=N), name="cost")


def wilson(successes, n, confidence):
    found = stats.binomtest(int(successes), int(n)).proportion_ci(confidence, method="wilson")
    return found.low, found.high


def normal(values, confidence):
    return stats.norm.interval(confidence, values.mean(), values.std(ddof=1) / np.sqrt(len(values)))


def pandas_bins(values, ends):
    """As PDPbox has them: closed on the left, the last one on both sides."""
    codes = pd.cut(values, bins=ends, right=False).cat.codes.to_numpy().copy()
    codes[values == ends[-1]] = len(ends) - 2
    return codes


@pytest.mark.parametrize("spacing", ["quantile", "equal"])
@pytest.mark.parametrize("name", ["age", "income"])
def test_bins_counts_and_means_are_those_of_pandas(name, spacing):
    found = TargetPlot(FRAME, Y, bins=9, spacing=spacing).explain(name).curves[0]
    known = FRAME[name].notna()
    values = FRAME.loc[known, name]
    ends = (
        np.unique(np.percentile(values, np.linspace(0, 100, 10)))
        if spacing == "quantile"
        else np.linspace(values.min(), values.max(), 10)
    )
    groups = Y[known].groupby(pandas_bins(values, ends))
    expected = groups.mean().reindex(range(len(ends) - 1))
    np.testing.assert_allclose(found.values[: len(ends) - 1, 0], expected, rtol=1e-12)
    np.testing.assert_array_equal(found.counts[: len(ends) - 1], groups.size().reindex(expected.index, fill_value=0))
    if name == "income":
        assert found.axes[0].missing
        assert found.values[-1, 0] == pytest.approx(Y[~known].mean())


def test_ends_that_are_given_leave_bins_for_what_lies_outside():
    found = TargetPlot(FRAME, Y, edges={"age": [30, 40, 60]}).explain("age").curves[0]
    groups = Y.groupby([int(a >= 30) + int(a >= 40) + int(a > 60) for a in FRAME["age"]])
    np.testing.assert_allclose(found.values[:, 0], groups.mean(), rtol=1e-12)
    np.testing.assert_array_equal(found.counts, groups.size())
    within = TargetPlot(FRAME, Y, edges={"age": [0, 40, 200]}).explain("age").curves[0]
    np.testing.assert_array_equal(within.counts, [(FRAME["age"] < 40).sum(), (FRAME["age"] >= 40).sum()])


@pytest.mark.parametrize("name", ["town", "member", "children"])
def test_categories_booleans_and_few_numbers_stand_by_themselves(name):
    found = TargetPlot(FRAME, Y).explain(name).curves[0]
    groups = Y.groupby(FRAME[name].astype(object).where(FRAME[name].notna(), "zz").map(str))
    order = sorted(groups.groups)
    np.testing.assert_allclose(found.values[:, 0], groups.mean()[order], rtol=1e-12)
    np.testing.assert_array_equal(found.counts, groups.size()[order])


def test_dates_stand_in_bins_of_whole_rows():
    found = TargetPlot(FRAME, Y, bins=4).explain("since").curves[0]
    known = FRAME["since"].notna()
    ends = np.percentile(FRAME.loc[known, "since"].astype("datetime64[us]").astype("int64"), [0, 25, 50, 75, 100])
    codes = np.searchsorted(ends[1:-1], FRAME.loc[known, "since"].astype("datetime64[us]").astype("int64"), "right")
    np.testing.assert_allclose(found.values[:-1, 0], Y[known].groupby(codes).mean(), rtol=1e-12)
    assert found.axes[0].at.dtype.kind == "M"


def test_crossed_features_are_those_of_a_pivot_table():
    found = TargetPlot(FRAME, Y, edges={"age": [18, 40, 80]}).explain(("town", "age")).curves[0]
    table = pd.DataFrame({"town": FRAME["town"].astype(object).fillna("zz"), "old": FRAME["age"] >= 40, "y": Y})
    pivot = table.pivot_table(index="town", columns="old", values="y", aggfunc=["mean", "size"])
    np.testing.assert_allclose(found.values[..., 0], pivot["mean"], rtol=1e-12)
    np.testing.assert_array_equal(found.counts, pivot["size"])


def test_shares_of_classes_have_wilson_intervals_and_numbers_normal_ones():
    labels = np.where(Y > 6, "high", np.where(Y > 4, "middle", "low"))
    shares = TargetPlot(FRAME, labels, confidence=0.9).explain("town")
    assert shares.target_names == ("high", "low", "middle")
    assert shares.unit == "probability"
    mask = (FRAME["town"] == "Bb").to_numpy()
    low, high = wilson((labels[mask] == "low").sum(), mask.sum(), 0.9)
    curve = shares.curves[0]
    assert (curve.low[1, 1], curve.high[1, 1]) == pytest.approx((low, high))
    np.testing.assert_allclose(curve.values.sum(axis=1), 1)
    numbers = TargetPlot(FRAME, Y, confidence=0.9).explain("town").curves[0]
    assert (numbers.low[1, 0], numbers.high[1, 0]) == pytest.approx(normal(Y[mask], 0.9))


def test_weights_count_as_rows_that_come_again():
    times = RNG.integers(0, 4, N)
    again = np.repeat(np.arange(N), times)
    weighted = TargetPlot(FRAME, Y, sample_weight=times, edges={"age": [18, 40, 80]}).explain("age").curves[0]
    repeated = TargetPlot(FRAME.iloc[again], Y.iloc[again], edges={"age": [18, 40, 80]}).explain("age").curves[0]
    np.testing.assert_allclose(weighted.values, repeated.values, rtol=1e-12)


@pytest.mark.parametrize("kind", ["polars", "numpy"])
def test_every_kind_of_table_gives_the_same(kind):
    part = FRAME[["age", "income"]]
    other = TargetPlot(pl.from_pandas(part) if kind == "polars" else part.to_numpy(), Y.to_numpy()).explain()
    for one, two in zip(other.curves, TargetPlot(part, Y).explain().curves, strict=True):
        np.testing.assert_array_equal(one.values, two.values)


def test_no_model_is_claimed_and_what_is_left_out_is_said(tmp_path):
    names = [f"c{k % 60}" if k % 3 else "often" for k in range(N)]
    some = Y.where(np.arange(N) > 4)
    found = TargetPlot(FRAME.assign(shop=names), some, levels=5).explain("shop")
    assert (found.receipt.model, found.receipt.model_fingerprint, found.receipt.evaluations) == ("none", "", 0)
    assert "model           none\n" in str(found.receipt)
    assert found.receipt.rows == N - 5
    assert found.receipt.notes[0] == "5 rows have no y or no weight and are left out"
    assert "shop: the 5 most frequent categories; the " in found.receipt.notes[1]
    found.save(tmp_path / "found.npz")
    again = pellucid.load(tmp_path / "found.npz")
    np.testing.assert_array_equal(again.curves[0].counts, found.curves[0].counts)
    assert set(found.to_frame()["rows"]) == set(found.curves[0].counts)


def test_bins_without_rows_and_features_with_one_value_are_survived():
    frame = pd.DataFrame({"far": [0.0, 0.1, 0.2, 100.0], "one": 1.0, "none": np.nan})
    found = TargetPlot(frame, [0, 1, 1, 0], bins=3, spacing="equal").explain()
    np.testing.assert_allclose(found.curves[0].values[:, 0], [2 / 3, np.nan, 0])
    assert found.curves[1].values[:, 0] == [0.5]
    assert found.curves[2].counts.tolist() == [4]
    assert found.describe()
    found.plot()


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"bins": 0}, ParameterError),
        ({"spacing": "even"}, ParameterError),
        ({"edges": {"age": [3]}}, ParameterError),
        ({"edges": {"town": [1, 2]}}, ParameterError),
        ({"edges": {"age": ["a", "b"]}}, ParameterError),
        ({"edges": {"horse": [1, 2]}}, ColumnsError),
        ({"sample_weight": [1, 2]}, InputError),
        ({"y": Y[:5]}, InputError),
        ({"y": np.full(N, np.nan)}, InputError),
        ({"y": np.full(N, np.inf)}, InputError),
        ({"y": [f"row {k}" for k in range(N)]}, InputError),
        ({"X": FRAME.assign(age=np.inf)}, InputError),
        ({"X": None}, PellucidError),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(settings, error):
    given = {"X": FRAME, "y": Y} | settings
    with pytest.raises(error) as caught:
        TargetPlot(given.pop("X"), given.pop("y"), **given).explain()
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
