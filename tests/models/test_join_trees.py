import numpy as np
import pytest

from pellucid.core.forest import Decision, Missing
from pellucid.models.join_trees import TreePart, forest_bytes, join_trees


def stump(feature, threshold, low, high, output=-1, **changes):
    settings = {
        "feature": np.array([feature, -2, -2]),
        "threshold": np.array([threshold, -2.0, -2.0]),
        "left": np.array([1, -1, -1]),
        "right": np.array([2, -1, -1]),
        "default_left": np.array([True, True, True]),
        "cover": np.array([10.0, 4.0, 6.0]),
        "value": np.array([[np.nan], [low], [high]]),
        "decision": Decision.LESS_EQUAL_F64,
        "output": output,
    }
    return TreePart(**{**settings, **changes})


def leaf(value, output=-1):
    return TreePart(
        feature=np.array([-2]),
        threshold=np.array([0.0]),
        left=np.array([-1]),
        right=np.array([-1]),
        default_left=np.array([False]),
        cover=np.array([3.0]),
        value=np.array([[value]]),
        decision=Decision.LESS_EQUAL_F64,
        output=output,
    )


def test_trees_lie_one_after_another_with_absolute_children():
    forest = join_trees([stump(0, 1.0, 2, 3, 0), leaf(5, 1), stump(1, 0.0, 7, 9, 1)], base=np.zeros(2), n_features=2)
    assert forest.roots.tolist() == [0, 3, 4]
    assert forest.left.tolist() == [1, -1, -1, -1, 5, -1, -1]
    assert forest.right.tolist() == [2, -1, -1, -1, 6, -1, -1]
    assert forest.feature.tolist() == [0, -1, -1, -1, 1, -1, -1]
    assert forest.tree_output.tolist() == [0, 1, 1]
    assert not forest.default_left[forest.left < 0].any()


def test_a_joined_forest_adds_up_its_trees(route):
    forest = join_trees(
        [stump(0, 1.0, 2, 3, 0), leaf(5, 1), stump(1, 0.0, 7, 9, 1)], base=np.array([0.5, 1]), n_features=2
    )
    X = np.array([[1.0, 0.1], [1.1, np.nan]])
    np.testing.assert_array_equal(route(forest, X), [[2.5, 15], [3.5, 13]])


def test_category_sets_stay_with_their_nodes(route):
    first = stump(0, 0.0, 1, 2, 0)
    by_set = {"decision": np.array([Decision.IN_SET] * 3, dtype=np.uint8), "set_of": np.array([1, -1, -1])}
    second = stump(0, 0.0, 10, 20, 0, sets=np.array([[0, 0], [0b101, 0b10]], dtype=np.uint32), **by_set)
    forest = join_trees([first, second], base=np.zeros(1), n_features=1)
    assert forest.set_start.tolist() == [0, 0, 0, 0, 2, 2, 2]
    X = np.array([[-1.0], [0], [1], [2], [33], [64], [999]])
    np.testing.assert_array_equal(route(forest, X)[:, 0], [21, 11, 22, 12, 12, 22, 22])


def test_one_kind_of_missing_holds_for_all_nodes():
    forest = join_trees([stump(0, 0.0, 1, 2)], base=np.zeros(1), n_features=1, missing=Missing.ZERO)
    assert set(forest.missing) == {Missing.ZERO}


@pytest.mark.parametrize(
    "change", [{"cover": np.array([10.0, 5, 5])}, {"default_left": np.zeros(3, dtype=bool)}], ids=str
)
def test_the_bytes_of_a_forest_tell_any_change(change):
    same, again, other = (
        join_trees([part], base=np.zeros(1), n_features=1)
        for part in (stump(0, 1.0, 2, 3), stump(0, 1.0, 2, 3), stump(0, 1.0, 2, 3, **change))
    )
    assert forest_bytes(same) == forest_bytes(again) != forest_bytes(other)
