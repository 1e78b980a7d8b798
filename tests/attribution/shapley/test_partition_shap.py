"""Owen values against the mean over all orders that keep groups together."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import linkage

from pellucid.attribution import PartitionSHAP
from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.maskers import Text

P = 6
GROUPS = {"ab": ["a", "b"], "def": ["d", "e", "f"]}


def model(rows):
    x = np.asarray(rows, dtype=float)
    return x[:, 0] * x[:, 1] + x[:, 2] * x[:, 3] * x[:, 4] + np.tanh(x.sum(axis=1))


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    return (pd.DataFrame(rng.normal(size=(n, P)), columns=list("abcdef")) for n in (2, 9))


@pytest.fixture(scope="module")
def frames(data):
    return tuple(data)


def by_orders(row, background, keeps):
    """Mean contribution over all orders that a rule lets pass."""
    worth = {}

    def v(present):
        key = frozenset(present)
        if key not in worth:
            mixed = background.copy()
            mixed[:, sorted(key)] = row[sorted(key)]
            worth[key] = model(mixed).mean()
        return worth[key]

    orders = [order for order in permutations(range(P)) if keeps(order)]
    values = np.zeros(P)
    for order in orders:
        for place, player in enumerate(order):
            values[player] += v(order[: place + 1]) - v(order[:place])
    return values / len(orders)


def together(*groups):
    def keeps(order):
        places = {player: place for place, player in enumerate(order)}
        return all(max(places[p] for p in g) - min(places[p] for p in g) == len(g) - 1 for g in groups)

    return keeps


@pytest.mark.parametrize(
    ("hierarchy", "groups"),
    [
        (GROUPS, [(0, 1), (3, 4, 5)]),
        ("neighbours", [(0, 1, 2), (3, 4, 5), (1, 2), (4, 5)]),
        (np.array([[0, 5, 1, 2], [1, 2, 1, 2], [6, 3, 1, 3], [7, 4, 1, 3], [8, 9, 1, 6]]), [(0, 5), (1, 2), (0, 5, 3)]),
    ],
    ids=["groups", "neighbours", "linkage"],
)
def test_values_are_the_mean_over_orders_that_keep_groups_together(frames, hierarchy, groups):
    rows, background = frames
    ex = PartitionSHAP(model, background, hierarchy=hierarchy).explain(rows)
    assert ex.stderr is None
    extra = [(1, 2, 4), (0, 3, 5)] if isinstance(hierarchy, np.ndarray) else []
    for row in range(len(rows)):
        expected = by_orders(rows.to_numpy()[row], background.to_numpy(), together(*groups, *extra))
        np.testing.assert_allclose(ex.values[row, :, 0], expected, atol=1e-12)


def test_without_groups_they_are_shapley_values(frames):
    rows, background = frames
    flat = PartitionSHAP(model, background, hierarchy={}).explain(rows)
    for row in range(len(rows)):
        expected = by_orders(rows.to_numpy()[row], background.to_numpy(), lambda order: True)
        np.testing.assert_allclose(flat.values[row, :, 0], expected, atol=1e-12)


def test_columns_that_go_together_are_grouped_first(frames):
    rows, background = frames
    copied = background.assign(c=background["a"] * -2, f=background["d"] + 1e-3 * background["b"])
    apart = 1 - np.abs(np.corrcoef(copied.to_numpy().T))
    steps = linkage(apart[np.triu_indices(P, 1)], method="average")
    clusters = [(j,) for j in range(P)]
    for one, other in steps[:, :2].astype(int):
        clusters.append(clusters[one] + clusters[other])
    assert {(0, 2), (3, 5)} <= {tuple(sorted(cluster)) for cluster in clusters}
    ex = PartitionSHAP(model, copied).explain(rows)
    for row in range(len(rows)):
        expected = by_orders(rows.to_numpy()[row], copied.to_numpy(), together(*clusters))
        np.testing.assert_allclose(ex.values[row, :, 0], expected, atol=1e-12)


def test_sampled_orders_come_near_with_an_honest_error(frames):
    rows, background = frames
    exact = PartitionSHAP(model, background, hierarchy=GROUPS).explain(rows)
    missed = []
    for seed in range(20):
        ex = PartitionSHAP(model, background, hierarchy=GROUPS, budget=40, seed=seed).explain(rows)
        assert ex.receipt.completeness.kind == "checked"
        sure = ex.stderr < 1e-12
        np.testing.assert_allclose(ex.values[sure], exact.values[sure], atol=1e-9)
        missed.append(np.abs(ex.values - exact.values)[~sure] / ex.stderr[~sure])
    assert 0.8 < np.mean(np.concatenate(missed) < 2.4) < 1.0  # t of 7 degrees of freedom


def test_words_of_a_long_text_are_halved_in_order():
    text = " ".join(["bad", "not", *["filler"] * 60, "good"])

    def score(texts):
        return np.array([t.count("good") - t.count("bad") + 2.0 * ("not" in t and "bad" in t) for t in texts])

    ex = PartitionSHAP(score, Text()).explain([text])
    np.testing.assert_allclose(ex.values[0, [0, 1, -1], 0], [0, 1, 1], atol=1e-12)
    assert not ex.values[0, 2:-1].any()


def test_a_row_keeps_its_bits_for_any_batch_and_company(frames):
    rows, background = frames
    whole = PartitionSHAP(model, background, hierarchy="neighbours", budget=20).explain(rows)
    alone = PartitionSHAP(model, background, hierarchy="neighbours", budget=20, batch_size=5).explain(rows[1:])
    assert whole.values[1].tobytes() == alone.values[0].tobytes()


def test_hierarchies_that_cannot_be_are_refused(frames):
    rows, background = frames
    with pytest.raises(ParameterError, match=r"linkage of 6 players has shape \(5, 4\), got \(2, 4\)"):
        PartitionSHAP(model, background, hierarchy=np.zeros((2, 4))).explain(rows)
    with pytest.raises(ParameterError, match="row 0 of the linkage joins 0 and 0"):
        PartitionSHAP(model, background, hierarchy=np.zeros((5, 4))).explain(rows)
    with pytest.raises(ColumnsError, match="'z'"):
        PartitionSHAP(model, background, hierarchy={"az": ["a", "z"]}).explain(rows)
