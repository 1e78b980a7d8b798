"""``groups=`` of the methods that ask the model: one player a group, as TreeSHAP has it."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid.attribution import (
    ExactSHAP,
    KernelSHAP,
    Occlusion,
    PartitionSHAP,
    PermutationSHAP,
    ProxySHAP,
    ShapleyInteractions,
)
from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.core.streams import MeanAbsolute
from pellucid.maskers import Grouped, Patches, Text

RNG = np.random.default_rng(5)
X = pd.DataFrame(RNG.normal(size=(40, 5)), columns=["lat", "price", "lon", "age", "size"])
ROWS, BACKGROUND = X[:3], X[20:29]
GROUPS = {"place": ["lat", "lon"], "body": ["age", "size"]}
PLAYERS = [["lat", "lon"], ["price"], ["age", "size"]]
NAMES = ("place", "price", "body")
METHODS = [ExactSHAP, KernelSHAP, PermutationSHAP, PartitionSHAP, ProxySHAP, ShapleyInteractions, Occlusion]
every_method = pytest.mark.parametrize("method", METHODS)


def model(rows):
    x = np.asarray(rows, dtype=float)
    return np.tanh(x[:, 0] * x[:, 2] + x[:, 1] * x[:, 3]) + x[:, 4] * x[:, 0]


def worth(row, players):
    mixed = BACKGROUND.copy()
    for name in [name for j in players for name in PLAYERS[j]]:
        mixed[name] = row[name]
    return model(mixed).mean()


def by_orders(row):
    """Shapley values of the three players: mean of what each adds, over all six orders."""
    values = np.zeros(3)
    for order in permutations(range(3)):
        for place, player in enumerate(order):
            values[player] += worth(row, order[: place + 1]) - worth(row, order[:place])
    return values / 6


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        (ExactSHAP, {}),
        (KernelSHAP, {}),
        (ProxySHAP, {}),
        (PermutationSHAP, {"permutations": 4_000}),
        (PartitionSHAP, {"hierarchy": {}}),
    ],
)
def test_groups_have_the_shapley_values_of_their_game(method, settings):
    ex = method(model, BACKGROUND, groups=GROUPS, **settings).explain(ROWS)
    assert ex.feature_names == NAMES
    expected = [by_orders(row) for _, row in ROWS.iterrows()]
    np.testing.assert_allclose(ex.values[:, :, 0], expected, atol=0.02 if "permutations" in settings else 1e-12)


def test_a_group_covered_is_covered_whole():
    ex = Occlusion(model, BACKGROUND, groups=GROUPS).explain(ROWS)
    for i, (_, row) in enumerate(ROWS.iterrows()):
        falls = [worth(row, range(3)) - worth(row, [k for k in range(3) if k != j]) for j in range(3)]
        np.testing.assert_allclose(ex.values[i, :, 0], falls, atol=1e-12)


def test_pairs_of_groups_interact_as_in_their_game():
    ex = ShapleyInteractions(model, BACKGROUND, groups=GROUPS, index="Möbius").explain(ROWS)
    for i, (_, row) in enumerate(ROWS.iterrows()):
        both = worth(row, [0, 2]) - worth(row, [0]) - worth(row, [2]) + worth(row, [])
        np.testing.assert_allclose(ex.pair("place", "body")[i, 0], both, atol=1e-12)


def test_groups_that_correlate_join_first():
    """a and b are one number twice, and each stands in another group; c is noise."""
    a = RNG.normal(size=60)
    rows = pd.DataFrame({"a": a, "c": RNG.normal(size=60), "b": a, "d": RNG.normal(size=60), "e": RNG.normal(size=60)})
    groups = {"with a": ["a", "d"], "with b": ["b", "e"]}

    def product(table):
        return np.asarray(table).prod(axis=1)

    found = PartitionSHAP(product, rows, groups=groups).explain(rows[:2])
    joined = PartitionSHAP(product, rows, groups=groups, hierarchy=[[0, 2, 0, 2], [1, 3, 1, 3]]).explain(rows[:2])
    np.testing.assert_allclose(found.values, joined.values)


@every_method
def test_the_receipt_keeps_the_groups_and_the_result_shows_them(method):
    ex = method(model, BACKGROUND, groups={"place": pd.Index(["lat", "lon"])}).explain(ROWS)
    assert ex.receipt.settings["groups"] == {"place": ["lat", "lon"]}
    assert ex.feature_names == ("place", "price", "age", "size")
    assert ex.data.column("place")[0].startswith("lat ")


@every_method
def test_groups_that_do_not_fit_are_refused_at_once(method):
    with pytest.raises(ColumnsError, match="'place' names 'latitude', which is no column of the model"):
        method(model, BACKGROUND, groups={"place": ["latitude", "lon"]})
    with pytest.raises(ParameterError, match="named twice"):
        method(model, BACKGROUND, groups={"a": ["lat"], "b": ["lat"]})
    with pytest.raises(ParameterError, match=f"{method.__name__}: groups must be None or a mapping"):
        method(model, BACKGROUND, groups=["lat", "lon"])
    with pytest.raises(ParameterError, match="Grouped already, by 'place', 'body'; name all groups in one"):
        method(model, Grouped(BACKGROUND, GROUPS), groups=GROUPS)


@every_method
@pytest.mark.parametrize("masker", [Text(), Patches(4)], ids=["texts", "images"])
def test_parts_of_texts_and_images_are_no_columns_to_group(method, masker):
    with pytest.raises(ParameterError, match="has no columns to group"):
        method(lambda given: np.zeros(len(given)), masker, groups=GROUPS)


def test_columns_may_be_named_by_number_in_arrays():
    by_name = KernelSHAP(model, BACKGROUND, groups=GROUPS).explain(ROWS).values
    by_number = KernelSHAP(model, BACKGROUND.to_numpy(), groups={"place": [0, 2], "body": [3, 4]})
    np.testing.assert_array_equal(by_number.explain(ROWS.to_numpy()).values, by_name)


def test_many_columns_in_few_groups_are_exact():
    wide = RNG.normal(size=(8, 30))
    groups = {f"block {k}": list(range(6 * k, 6 * k + 6)) for k in range(5)}
    ex = ExactSHAP(lambda rows: rows.sum(axis=1) ** 2, wide, groups=groups).explain(wide[:2])
    assert ex.feature_names == tuple(groups)


def test_streams_explain_groups():
    method = PermutationSHAP(model, BACKGROUND, groups=GROUPS)
    streamed = method.stream(X, MeanAbsolute(), chunk=15, progress=False).result()
    np.testing.assert_allclose(streamed.values, method.explain(X).importance().values)


@every_method
@pytest.mark.parametrize("turn", [lambda frame: frame, pl.from_pandas], ids=["pandas", "polars"])
def test_a_pipeline_is_explained_in_the_callers_columns(method, turn):
    """Its one-hot block of five is one column of the caller's, and a group may hold that column."""
    frame = X.assign(fuel=np.array(["gas", "oil", "sun", "air", "wood"])[np.arange(40) % 5])
    turned = turn(frame)
    encode = make_column_transformer((OneHotEncoder(), ["fuel"]), (StandardScaler(), ["lat", "age"]))
    pipeline = make_pipeline(encode, LogisticRegression()).fit(turned, frame["price"] > 0)
    columns = ("lat", "price", "lon", "age", "size", "fuel")
    ex = method(pipeline, turned[:9]).explain(turned[20:23])
    assert ex.feature_names == columns
    grouped = method(pipeline, turned[:9], groups={"motor": ["fuel", "size"]}).explain(turned[20:23])
    assert grouped.feature_names == ("lat", "price", "lon", "age", "motor")


def test_a_one_hot_block_is_worth_what_its_column_is():
    frame = X.assign(fuel=np.array(["gas", "oil", "sun", "air", "wood"])[np.arange(40) % 5])[["fuel", "lat", "age"]]
    encode = make_column_transformer((OneHotEncoder(), ["fuel"]), remainder="passthrough")
    pipeline = make_pipeline(encode, LogisticRegression()).fit(frame, X["price"] > 0)
    coded = encode.transform(frame)
    blocks = {"fuel": [0, 1, 2, 3, 4]}
    inside = KernelSHAP(pipeline[-1].predict_proba, coded[:9], groups=blocks).explain(coded[20:23])
    outside = KernelSHAP(pipeline, frame[:9]).explain(frame[20:23])
    np.testing.assert_allclose(inside.values, outside.values, atol=1e-12)
