"""The claims: what they look like, what they promise, and that their mechanism can be learned."""

from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from pellucid.core.errors import ParameterError
from pellucid.core.tables import read_table
from pellucid.datasets import claims

FRAMES = ("pandas", "polars", "pyarrow")
MIXED = {
    "driver_age": "number", "prior_claims": "number", "annual_mileage_km": "number", "region": "category",
    "sales_channel": "category", "policy_start": "date", "policy_age_days": "number", "accident_date": "date",
    "accident_hour": "number", "accident_type": "category", "witnesses": "number", "police_report": "boolean",
    "report_date": "date", "report_delay_days": "number", "claim_amount": "number", "repair_estimate": "number",
    "repair_shop": "category",
}  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES)
def test_columns_have_the_same_names_and_kinds_in_every_frame(frame: Any) -> None:
    data = claims(500, frame=frame)
    table = read_table(data.X)
    assert dict(zip(table.names, table.kinds, strict=True)) == MIXED
    assert data.feature_names == table.names
    assert len(table) == len(data.y) == 500


@pytest.mark.parametrize("frame", FRAMES)
def test_every_frame_holds_what_the_numeric_array_holds(frame: Any) -> None:
    data, numbers = claims(500, seed=1, frame=frame), claims(500, seed=1, frame="numpy")
    table = read_table(data.X)
    for j, (name, kind) in enumerate(MIXED.items()):
        column, expected = table.column(name), numbers.X[:, j]
        if kind == "category":
            column = [np.nan if level is None else data.categories[name].index(level) for level in column]
        if kind == "date":
            column = column.astype("datetime64[D]").astype(np.int64)
        np.testing.assert_array_equal(np.asarray(column, dtype=np.float64), expected)


@pytest.mark.parametrize("frame", FRAMES)
def test_dates_become_whole_days_on_request(frame: Any) -> None:
    table = read_table(claims(50, frame=frame, dates="days").X)
    assert "date" not in table.kinds
    days = read_table(claims(50, frame=frame).X).column("report_date").astype("datetime64[D]").astype(np.int64)
    np.testing.assert_array_equal(table.column("report_date"), days)


def test_dates_agree_with_the_numbers_of_days() -> None:
    X = claims(5_000, frame="pandas").X
    assert ((X.report_date - X.accident_date).dt.days == X.report_delay_days).all()
    assert ((X.accident_date - X.policy_start).dt.days == X.policy_age_days).all()
    assert X.report_delay_days.min() == 0
    assert X.policy_age_days.min() >= 1


def test_missing_values_follow_their_mechanisms() -> None:
    X = claims(50_000, frame="pandas").X
    missing = X.isna().mean()
    assert set(missing[missing > 0].index) == {"prior_claims", "annual_mileage_km", "repair_estimate", "repair_shop"}
    assert X.repair_estimate.isna().eq(X.accident_type == "theft").all()
    assert missing[["prior_claims", "annual_mileage_km", "repair_shop"]].between(0.08, 0.14).all()


def test_amounts_have_a_long_tail() -> None:
    amount = claims(50_000, frame="pandas").X.claim_amount
    assert 8_500 < amount.median() < 9_500
    assert amount.quantile(0.99) > 10 * amount.median()
    assert amount.between(500, 500_000).all()


def test_the_repair_estimate_follows_the_amount_and_yet_contributes_nothing() -> None:
    data = claims(5_000, frame="pandas")
    assert data.truth is not None
    known = data.X.repair_estimate.notna()
    pair = np.log(data.X.loc[known, ["claim_amount", "repair_estimate"]].to_numpy())
    assert np.corrcoef(pair.T)[0, 1] > 0.9
    shapley = dict(zip(data.feature_names, data.truth.shapley().T, strict=True))
    idle = {name for name, values in shapley.items() if not values.any()}
    assert idle == {"region", "sales_channel", "policy_start", "accident_date", "report_date", "repair_estimate"}


def test_values_sum_to_log_odds_minus_base() -> None:
    truth = claims(10_000, seed=5, frame="numpy").truth
    assert truth is not None
    np.testing.assert_allclose(truth.shapley().sum(axis=1), truth.log_odds - truth.base, atol=1e-12)
    error = truth.log_odds.std() / 100
    assert abs(truth.log_odds.mean() - truth.base) < 4 * error


def test_about_eight_percent_are_fraudulent_as_often_as_the_log_odds_say() -> None:
    data = claims(100_000, seed=6, frame="numpy")
    assert data.truth is not None
    probability = 1 / (1 + np.exp(-data.truth.log_odds))
    error = np.sqrt((probability * (1 - probability)).sum()) / len(data.y)
    assert abs(data.y.mean() - probability.mean()) < 4 * error
    assert 0.075 < data.y.mean() < 0.088
    assert data.target_names[1] == "fraud"


def test_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    first, again, other = (claims(300, seed=seed, frame="numpy") for seed in (8, 8, 9))
    assert first.X.tobytes() == again.X.tobytes()
    assert first.y.tobytes() == again.y.tobytes()
    assert first.X.tobytes() != other.X.tobytes()


def test_one_row_is_enough() -> None:
    data = claims(1, frame="pandas")
    assert data.truth is not None
    assert data.X.shape == data.truth.shapley().shape == (1, 17)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rows": 0}, "claims: rows must be a whole number of at least 1, got 0"),
        ({"rows": -5}, "rows must be"),
        ({"rows": 2.5}, "rows must be"),
        ({"seed": -1}, "claims: seed must be a whole number of at least 0, got -1"),
        ({"seed": None}, "seed must be"),
        ({"frame": "spark"}, "claims: frame must be one of"),
        ({"dates": "weeks"}, "claims: dates must be one of 'datetime', 'days', got 'weeks'"),
    ],
)
def test_a_bad_setting_is_refused_in_one_sentence(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        claims(**settings)


def test_every_column_has_a_label_in_both_languages_and_units_name_known_columns() -> None:
    data = claims(1, frame="numpy")
    assert set(data.labels) == set(data.feature_names)
    assert set(data.units) < set(data.feature_names)
    for words in (*data.labels.values(), *data.units.values()):
        assert set(words) == {"en", "zh"}
        assert all(words.values())


def test_xgboost_and_lightgbm_take_the_pandas_frame_as_it_is() -> None:
    data = claims(2_000, frame="pandas", dates="days")
    models = (
        xgboost.XGBClassifier(n_estimators=10, enable_categorical=True, n_jobs=1),
        lightgbm.LGBMClassifier(n_estimators=10, verbose=-1, n_jobs=1),
    )
    for model in models:
        assert roc_auc_score(data.y, model.fit(data.X, data.y).predict_proba(data.X)[:, 1]) > 0.8


def test_boosting_comes_close_to_the_best_possible_ranking_and_additive_truth_does_not() -> None:
    train, test = (claims(20_000, seed=seed, frame="pandas", dates="days") for seed in (20, 21))
    assert test.truth is not None
    model = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.06, max_leaf_nodes=8, categorical_features="from_dtype", random_state=0
    ).fit(train.X, train.y)
    learned = roc_auc_score(test.y, model.decision_function(test.X))
    best = roc_auc_score(test.y, test.truth.log_odds)
    additive = roc_auc_score(test.y, sum(test.truth.main.values()))
    assert best > 0.82
    assert best - 0.03 < learned < best + 0.002
    assert additive < best - 0.012
