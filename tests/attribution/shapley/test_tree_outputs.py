"""Probabilities, responses, scores and losses of trees against enumeration over the libraries' own predictions."""

from __future__ import annotations

import itertools
from math import factorial

import catboost
import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pytest
import xgboost
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pellucid.attribution import ExactSHAP, PermutationSHAP, TreeSHAP
from pellucid.core.errors import ColumnsError, CompletenessError, InputError, ParameterError
from pellucid.models import as_model

NAMES = ["age", "income", "tenure", "debt"]
RNG = np.random.default_rng(7)
X = pd.DataFrame(RNG.normal(size=(240, 4)).round(2), columns=NAMES)
SCORE = (X["age"] * X["income"] + X["debt"]).to_numpy()
LABELS = np.array(["low", "mid", "top"])
ROWS, BACKGROUND = X[:5], X[100:107]
WEIGHTS = np.array([1.0, 2, 0, 1, 1, 3, 0.5])
HOLES = X.mask(RNG.random(X.shape) < 0.15)


def binary():
    return np.where(SCORE > 0, "yes", "no")


def several():
    return LABELS[np.digitize(SCORE, [-0.5, 0.7])]


def counts():
    return np.random.default_rng(3).poisson(np.exp(SCORE / 3))


def brute(predict, row, background, weights, groups=None):
    """φ of ``v(S) = Σ_b w_b predict(x_S, b_rest)``, column by column from the formula; rows as the frame has them."""
    players = groups or [[name] for name in row.columns]
    p = len(players)

    def v(present):
        mixed = background.copy()
        for j in present:
            for name in players[j]:
                mixed[name] = row[name].iloc[0]
        return np.average(predict(mixed), axis=0, weights=weights)

    game = {s: v(s) for k in range(p + 1) for s in itertools.combinations(range(p), k)}
    share = [factorial(k) * factorial(p - k - 1) / factorial(p) for k in range(p)]
    return np.array(
        [
            sum(
                share[len(s)] * (game[tuple(sorted({*s, j}))] - game[s])
                for k in range(p)
                for s in itertools.combinations([i for i in range(p) if i != j], k)
            )
            for j in range(p)
        ]
    )


SMALL = {"n_estimators": 6, "max_depth": 3}
XGB = {**SMALL, "n_jobs": 1}
LGB = {**SMALL, "n_jobs": 1, "verbose": -1, "min_child_samples": 5}
CAT = {"iterations": 6, "depth": 3, "verbose": 0, "thread_count": 1, "allow_writing_files": False}


def codes(y):
    return np.unique(y, return_inverse=True)[1]


def second(model):
    return lambda rows: model.predict_proba(rows)[:, 1:]


PROBABILITIES = {
    "xgboost binary": lambda: (m := xgboost.XGBClassifier(**XGB).fit(X, codes(binary())), second(m), 2e-6),
    "xgboost multiclass": lambda: (m := xgboost.XGBClassifier(**XGB).fit(X, codes(several())), m.predict_proba, 2e-6),
    "xgboost booster": lambda: (
        m := xgboost.XGBClassifier(**XGB).fit(X, codes(binary())).get_booster(),
        lambda rows: m.predict(xgboost.DMatrix(rows))[:, None],
        2e-6,
    ),
    "lightgbm binary": lambda: (m := lightgbm.LGBMClassifier(**LGB).fit(X, binary()), second(m), 1e-12),
    "lightgbm steep": lambda: (m := lightgbm.LGBMClassifier(**LGB, sigmoid=2.0).fit(X, binary()), second(m), 1e-12),
    "lightgbm multiclass": lambda: (m := lightgbm.LGBMClassifier(**LGB).fit(X, several()), m.predict_proba, 1e-12),
    "lightgbm one against all": lambda: (
        m := lightgbm.LGBMClassifier(**LGB, objective="multiclassova").fit(X, several()),
        m.predict_proba,
        1e-12,
    ),
    "catboost binary": lambda: (m := catboost.CatBoostClassifier(**CAT).fit(X, binary()), second(m), 1e-12),
    "catboost multiclass": lambda: (m := catboost.CatBoostClassifier(**CAT).fit(X, several()), m.predict_proba, 1e-12),
    "catboost one against all": lambda: (
        m := catboost.CatBoostClassifier(**CAT, loss_function="MultiClassOneVsAll").fit(X, several()),
        m.predict_proba,
        1e-12,
    ),
    "hist binary": lambda: (m := HistGradientBoostingClassifier(max_iter=6).fit(HOLES, binary()), second(m), 1e-12),
    "hist multiclass": lambda: (
        m := HistGradientBoostingClassifier(max_iter=6).fit(X, several()),
        m.predict_proba,
        1e-12,
    ),
    "gradient boosting": lambda: (m := GradientBoostingClassifier(**SMALL).fit(X, several()), m.predict_proba, 1e-12),
    "exponential loss": lambda: (
        m := GradientBoostingClassifier(**SMALL, loss="exponential").fit(X, binary()),
        second(m),
        1e-12,
    ),
    "adaboost binary": lambda: (m := AdaBoostClassifier(n_estimators=6).fit(X, binary()), second(m), 1e-12),
    "adaboost multiclass": lambda: (m := AdaBoostClassifier(n_estimators=6).fit(X, several()), m.predict_proba, 1e-12),
    "a pipeline": lambda: (
        m := make_pipeline(StandardScaler(), lightgbm.LGBMClassifier(**LGB)).fit(X.to_numpy(), binary()),
        lambda rows: m.predict_proba(rows.to_numpy())[:, 1:],
        1e-12,
    ),
}


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("name", PROBABILITIES)
def test_probabilities_are_those_of_enumeration_over_the_librarys_own(name):
    model, predict, allowed = PROBABILITIES[name]()
    ex = TreeSHAP(model, (BACKGROUND, WEIGHTS), output="probability").explain(ROWS, check="all")
    for i in range(len(ROWS)):
        np.testing.assert_allclose(ex.values[i], brute(predict, ROWS[i : i + 1], BACKGROUND, WEIGHTS), atol=allowed)
    np.testing.assert_allclose(ex.predictions, predict(ROWS), atol=allowed)
    np.testing.assert_allclose(ex.base[0], np.average(predict(BACKGROUND), axis=0, weights=WEIGHTS), atol=allowed)
    assert (ex.unit, ex.receipt.completeness.kind) == ("probability", "checked")
    assert ex.receipt.settings["output"] == "probability"


RESPONSES = {
    "xgboost poisson": lambda: (xgboost.XGBRegressor(**XGB, objective="count:poisson"), 2e-5),
    "xgboost gamma": lambda: (xgboost.XGBRegressor(**XGB, objective="reg:gamma"), 2e-5),
    "lightgbm tweedie": lambda: (lightgbm.LGBMRegressor(**LGB, objective="tweedie"), 1e-10),
    "lightgbm root": lambda: (lightgbm.LGBMRegressor(**LGB, reg_sqrt=True), 1e-10),
    "catboost poisson": lambda: (catboost.CatBoostRegressor(**CAT, loss_function="Poisson"), 1e-10),
    "hist gamma": lambda: (HistGradientBoostingRegressor(loss="gamma", max_iter=6), 1e-10),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_the_target_of_a_log_model_is_that_of_its_own_predict(name):
    model, allowed = RESPONSES[name]()
    model.fit(X, counts() + 0.5)
    ex = TreeSHAP(model, BACKGROUND, output="target").explain(ROWS, check="all")
    predict = lambda rows: np.asarray(model.predict(rows), dtype=float)[:, None]  # noqa: E731
    np.testing.assert_allclose(ex.values[0], brute(predict, ROWS[:1], BACKGROUND, None), atol=allowed)
    np.testing.assert_allclose(ex.predictions, predict(ROWS), atol=allowed)
    assert (ex.unit, ex.target_names) == ("target", ("target",))


def test_scores_of_an_isolation_forest_are_minus_score_samples():
    model = IsolationForest(n_estimators=8, random_state=0).fit(X)
    ex = TreeSHAP(model, BACKGROUND, output="score").explain(ROWS, check="all")
    predict = lambda rows: -model.score_samples(rows)[:, None]  # noqa: E731
    np.testing.assert_allclose(ex.values[0], brute(predict, ROWS[:1], BACKGROUND, None), atol=1e-10)
    assert (ex.unit, ex.target_names) == ("anomaly score", ("anomaly score",))


def log_loss(model, labels):
    places = [list(model.classes_).index(label) for label in labels]
    return lambda rows: -np.log(np.maximum(model.predict_proba(rows)[:, places], np.finfo(float).eps))


@pytest.mark.parametrize(
    ("make", "labels"),
    [
        (lambda: xgboost.XGBClassifier(**XGB).fit(X, codes(binary())), codes(binary())),
        (lambda: lightgbm.LGBMClassifier(**LGB).fit(X, several()), several()),
        (lambda: catboost.CatBoostClassifier(**CAT).fit(X, binary()), binary()),
        (lambda: HistGradientBoostingClassifier(max_iter=6).fit(X, several()), several()),
        (lambda: RandomForestClassifier(6, max_depth=5, random_state=0).fit(X, several()), several()),
        (lambda: ExtraTreesClassifier(6, max_depth=3, random_state=0).fit(X, binary()), binary()),
        (lambda: AdaBoostClassifier(n_estimators=6).fit(X, several()), several()),
    ],
    ids=["xgboost", "lightgbm", "catboost", "hist", "random forest", "extra trees", "adaboost"],
)
def test_log_loss_is_that_of_the_models_own_probabilities(make, labels):
    model = make()
    ex = TreeSHAP(model, (BACKGROUND, WEIGHTS), output="loss").explain(ROWS, y=labels[:5], check="all")
    for i in range(len(ROWS)):
        slow = brute(log_loss(model, labels[i : i + 1]), ROWS[i : i + 1], BACKGROUND, WEIGHTS)
        np.testing.assert_allclose(ex.values[i], slow, atol=1e-5 if isinstance(model, xgboost.XGBModel) else 1e-10)
    assert (ex.unit, ex.target_names) == ("log-loss", ("loss",))
    assert ex.receipt.completeness.kind == "checked"


@pytest.mark.parametrize(
    ("model", "allowed"),
    [
        (RandomForestRegressor(6, max_depth=3, random_state=0), 1e-10),
        (xgboost.XGBRegressor(**XGB), 1e-5),
        (xgboost.XGBRegressor(**XGB, objective="count:poisson"), 1e-4),
        (HistGradientBoostingRegressor(loss="poisson", max_iter=6), 1e-10),
    ],
    ids=["random forest", "xgboost", "xgboost poisson", "hist poisson"],
)
def test_squared_error_is_that_of_the_models_own_predictions(model, allowed):
    y = counts()
    model.fit(X, y)
    ex = TreeSHAP(model, BACKGROUND, output="loss").explain(ROWS, y=pd.Series(y[:5]), check="all")
    predict = lambda rows: ((model.predict(rows) - y[0]) ** 2)[:, None]  # noqa: E731
    np.testing.assert_allclose(ex.values[0], brute(predict, ROWS[:1], BACKGROUND, None), atol=allowed)
    assert ex.unit == "squared error"


def classifier():
    return lightgbm.LGBMClassifier(**LGB).fit(X, several())


def test_outputs_agree_with_enumeration_of_the_model_as_a_function():
    model = classifier()
    ours = TreeSHAP(model, BACKGROUND, output="probability").explain(ROWS)
    asked = ExactSHAP(model.predict_proba, BACKGROUND).explain(ROWS)
    np.testing.assert_allclose(ours.values, asked.values, atol=1e-12)


def test_the_probabilities_of_a_forest_are_its_raw_scores():
    model = RandomForestClassifier(5, max_depth=4, random_state=0).fit(X, several())
    same = TreeSHAP(model, output="probability").explain(X)
    np.testing.assert_array_equal(same.values, TreeSHAP(model).explain(X).values)


FOREST = {**LGB, "boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.7}


def test_the_target_of_a_lightgbm_forest_is_a_sum_of_trees():
    model = lightgbm.LGBMRegressor(**FOREST).fit(X, SCORE)
    ex = TreeSHAP(model, output="target", exact=True).explain(ROWS, check="all")
    np.testing.assert_allclose(ex.predictions[:, 0], model.predict(ROWS), atol=1e-12)
    assert (ex.unit, as_model(model).unit) == ("target", "sum over trees")


@pytest.mark.parametrize("labels", [binary(), several()], ids=["binary", "multiclass"])
def test_the_probability_of_a_lightgbm_forest_is_that_of_its_mean_score(labels):
    model = lightgbm.LGBMClassifier(**FOREST).fit(X, labels)
    ex = TreeSHAP(model, BACKGROUND, output="probability").explain(ROWS, check="all")
    np.testing.assert_allclose(ex.predictions, model.predict_proba(ROWS)[:, -ex.values.shape[2] :], atol=1e-12)


@pytest.mark.parametrize("kind", ["polars", "numpy"])
def test_any_kind_of_table_has_the_same_probabilities(kind):
    ours = TreeSHAP(classifier(), BACKGROUND, output="probability").explain(ROWS)
    turn = pl.from_pandas if kind == "polars" else pd.DataFrame.to_numpy
    other = TreeSHAP(classifier(), turn(BACKGROUND), output="probability").explain(turn(ROWS))
    np.testing.assert_array_equal(ours.values, other.values)


@pytest.mark.parametrize("target", ["top", ["low", "mid"], ("top", "low"), "predicted", np.array([0, 1, 2, 0, 1])])
def test_every_target_is_a_part_of_all_targets(target):
    method = TreeSHAP(classifier(), BACKGROUND, output="probability")
    some, everything = method.explain(ROWS, target), method.explain(ROWS)
    predicted = classifier().predict_proba(ROWS)
    if isinstance(target, tuple):
        expected = everything.target("top").values - everything.target("low").values
    elif isinstance(target, list):
        expected = everything.values[..., :2]
    else:
        chosen = target if isinstance(target, np.ndarray) else predicted.argmax(axis=1)
        chosen = np.full(5, 2) if isinstance(target, str) and target == "top" else chosen
        expected = np.take_along_axis(everything.values, chosen[:, None, None], axis=2)
    np.testing.assert_allclose(some.values, expected, atol=1e-15)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_and_company_change_no_bit(threads):
    together = TreeSHAP(classifier(), BACKGROUND, output="probability").explain(X[:40])
    alone = TreeSHAP(classifier(), BACKGROUND, output="probability", threads=threads).explain(X[17:18])
    np.testing.assert_array_equal(alone.values, together[17].values)


def test_columns_that_no_tree_reads_do_not_count_towards_the_fifteen():
    wide = pd.DataFrame(RNG.normal(size=(200, 40)), columns=[f"c{j}" for j in range(40)])
    model = xgboost.XGBClassifier(n_estimators=4, max_depth=2, n_jobs=1).fit(wide, wide["c7"] * wide["c31"] > 0)
    ex = TreeSHAP(model, wide[:20], output="probability").explain(wide[50:60])
    unread = sorted(set(wide.columns) - set(model.get_booster().get_score()))
    assert (ex.values[:, [wide.columns.get_loc(name) for name in unread]] == 0).all()
    assert ex.receipt.completeness.kind == "checked"


def test_too_many_players_are_refused_with_what_can_sample_them():
    wide = pd.DataFrame(RNG.normal(size=(300, 20)), columns=[f"c{j}" for j in range(20)])
    model = lightgbm.LGBMClassifier(n_estimators=40, n_jobs=1, verbose=-1).fit(wide, wide.sum(axis=1) > 0)
    with pytest.raises(ParameterError, match=r"20 are too many \(at most 15\).*groups=.*KernelSHAP.*predict_proba"):
        TreeSHAP(model, wide[:5], output="probability").explain(wide[:2])
    sampled = PermutationSHAP(model.predict_proba, wide[:5], permutations=400).explain(wide[:2])
    halves = {"first": wide.columns[:10], "second": wide.columns[10:]}
    grouped = TreeSHAP(model, wide[:5], output="probability", groups=halves).explain(wide[:2])
    np.testing.assert_allclose(grouped.predictions[:, 0], sampled.predictions[:, 1], atol=1e-10)


@pytest.mark.parametrize(
    ("make", "output", "message"),
    [
        (classifier, "target", r"output='target': lightgbm.LGBMClassifier has none.*'raw' or output='probability'"),
        (lambda: RandomForestRegressor(3).fit(X, SCORE), "probability", "has none, its raw scores are target"),
        (lambda: RandomForestRegressor(3).fit(X, SCORE), "score", "use output='raw'"),
        (classifier, "probability", "output='probability' is no sum of trees.*pass background="),
        (classifier, "loss", "output='loss' is no sum of trees.*pass background="),
        (classifier, "proba", "output must be one of 'raw', 'probability', 'target', 'score', 'loss', got 'proba'"),
    ],
)
def test_an_output_that_a_model_does_not_have_is_refused(make, output, message):
    with pytest.raises(ParameterError, match=message):
        TreeSHAP(make(), output=output)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "none were given; pass y="),
        (["top", "low"], r"one label for each of the 5 rows, got shape \(2,\)"),
        (["top", "low", None, "low", "mid"], "y is missing in row 2"),
        (["top", "low", "high", "low", "mid"], "y is 'high' in row 2.*pass its own labels: 'low', 'mid', 'top'"),
        ([1, 2, 0, 1, 1], "y is 1 in row 0, which is no class of the model"),
    ],
)
def test_labels_that_do_not_fit_are_refused_in_one_sentence(y, message):
    with pytest.raises(InputError, match=message) as caught:
        TreeSHAP(classifier(), BACKGROUND, output="loss").explain(ROWS, y=y)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("y", "message"), [(["a"] * 5, "y must hold numbers"), ([1, 2, np.inf, 3, 4], "finite numbers")]
)
def test_labels_of_a_regression_are_numbers(y, message):
    model = RandomForestRegressor(3).fit(X, SCORE)
    with pytest.raises(InputError, match=message):
        TreeSHAP(model, BACKGROUND, output="loss").explain(ROWS, y=y)


def test_labels_without_a_loss_are_refused():
    with pytest.raises(ParameterError, match="labels are for output='loss', and this explains output='raw'"):
        TreeSHAP(classifier()).explain(ROWS, y=several()[:5])


def test_a_model_without_a_loss_says_so():
    ova = lightgbm.LGBMClassifier(**LGB, objective="multiclassova").fit(X, several())
    with pytest.raises(ParameterError, match="classes that exclude each other"):
        TreeSHAP(ova, BACKGROUND, output="loss").explain(ROWS, y=several()[:5])
    two = RandomForestRegressor(3).fit(X, np.stack([SCORE, -SCORE], axis=1))
    with pytest.raises(ParameterError, match="a regression of one number"):
        TreeSHAP(two, BACKGROUND, output="loss").explain(ROWS, y=SCORE[:5])


def test_a_function_of_the_outputs_and_interactions_of_them_are_refused():
    method = TreeSHAP(classifier(), BACKGROUND, output="probability")
    with pytest.raises(ParameterError, match="a function of outputs"):
        method.explain(ROWS, lambda outputs: outputs[..., 0])
    with pytest.raises(ParameterError, match="interactions are of raw scores"):
        method.interactions(ROWS)


def test_probabilities_that_the_library_contradicts_are_withheld(monkeypatch):
    model = classifier()
    method = TreeSHAP(model, BACKGROUND, output="probability")
    answer = lightgbm.Booster.predict
    monkeypatch.setattr(lightgbm.Booster, "predict", lambda *args, **kwargs: answer(*args, **kwargs) + 1e-6)
    with pytest.raises(CompletenessError, match=r"probability, .* this explanation is withheld"):
        method.explain(ROWS)


def test_rounding_of_a_confident_xgboost_is_allowed_for_in_its_loss():
    sure = xgboost.XGBClassifier(n_estimators=300, learning_rate=1.0, max_depth=4, reg_lambda=0, n_jobs=1)
    y = codes(binary())
    sure.fit(X, y)
    ex = TreeSHAP(sure, BACKGROUND, output="loss").explain(X, y=y, check="all")
    assert np.abs(sure.predict(X, output_margin=True)).max() > 10
    assert ex.predictions.max() < 0.2
    assert ex.receipt.completeness.gap < ex.receipt.completeness.tolerance < 1e-3


def test_a_constant_model_has_nothing_to_share_out():
    model = lightgbm.LGBMClassifier(n_estimators=1, min_child_samples=1000, n_jobs=1, verbose=-1).fit(X, binary())
    ex = TreeSHAP(model, BACKGROUND, output="probability").explain(ROWS)
    assert (ex.values == 0).all()
    np.testing.assert_allclose(ex.base[:, 0], model.predict_proba(ROWS)[:, 1])


def test_missing_values_take_their_side():
    model = HistGradientBoostingClassifier(max_iter=6).fit(HOLES, binary())
    ex = TreeSHAP(model, HOLES[50:60], output="probability").explain(HOLES[:20])
    for i in (2, 9):
        slow = brute(second(model), HOLES[i : i + 1], HOLES[50:60], None)
        np.testing.assert_allclose(ex.values[i], slow, atol=1e-12)


def test_columns_that_are_not_the_models_are_refused():
    with pytest.raises(ColumnsError):
        TreeSHAP(classifier(), BACKGROUND, output="probability").explain(ROWS[NAMES[:3]])
