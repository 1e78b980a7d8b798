"""scikit-learn's bundled sets come through unchanged."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sklearn.datasets

from pellucid.core.errors import ParameterError
from pellucid.core.tables import read_table
from pellucid.datasets import Dataset, breast_cancer, diabetes, digits, iris, wine

LOADERS = {
    "breast_cancer": (breast_cancer, sklearn.datasets.load_breast_cancer, {}),
    "diabetes": (diabetes, sklearn.datasets.load_diabetes, {"scaled": False}),
    "digits": (digits, sklearn.datasets.load_digits, {}),
    "iris": (iris, sklearn.datasets.load_iris, {}),
    "wine": (wine, sklearn.datasets.load_wine, {}),
}


@pytest.mark.parametrize("frame", ["pandas", "polars", "pyarrow", "numpy"])
@pytest.mark.parametrize("name", LOADERS)
def test_every_set_is_the_bundled_one_in_every_frame(name: str, frame: Any) -> None:
    load, original, settings = LOADERS[name]
    data, source = load(frame=frame), original(**settings)
    table = read_table(data.X)
    values = np.column_stack([table.column(j) for j in range(len(table.names))])
    np.testing.assert_array_equal(values, source.data)
    np.testing.assert_array_equal(data.y, source.target)
    assert data.feature_names == tuple(source.feature_names)
    assert data.name == name
    if frame != "numpy":
        assert table.names == data.feature_names


def test_classes_are_whole_numbers_that_point_into_the_names() -> None:
    data = iris(frame="numpy")
    assert data.y.dtype == np.int64
    assert data.target_names == ("setosa", "versicolor", "virginica")
    assert set(data.y) == {0, 1, 2}


def test_a_regression_target_is_a_float_with_one_name() -> None:
    data = diabetes(frame="numpy")
    assert data.y.dtype == np.float64
    assert data.target_names == ("progression",)


@pytest.mark.parametrize("load", [entry[0] for entry in LOADERS.values()])
def test_an_unknown_frame_is_refused(load: Callable[..., Dataset]) -> None:
    with pytest.raises(ParameterError, match=f"{load.__name__}: frame must be one of"):
        load(frame="spark")
