"""The data set type, and what importing it costs."""

import copy
import dataclasses
import pickle
import subprocess
import sys

import numpy as np
import pytest

from pellucid.datasets import claims, iris


def test_its_repr_is_one_line_with_the_size_and_the_frame() -> None:
    assert repr(iris(frame="numpy")) == "Dataset('iris', 150 rows x 4 features, numpy)"
    assert repr(claims(3, frame="polars")) == "Dataset('claims', 3 rows x 17 features, polars)"


def test_a_data_set_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        iris(frame="numpy").name = "other"  # type: ignore[misc]


def test_a_data_set_survives_copy_and_pickle() -> None:
    data = claims(20, frame="pandas")
    for twin in (copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert twin.X.equals(data.X)
        np.testing.assert_array_equal(twin.truth.shapley(), data.truth.shapley())


def test_importing_the_data_sets_imports_no_framework() -> None:
    code = (
        "import sys, pellucid.datasets; print({'sklearn', 'scipy', 'pandas', 'polars', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
