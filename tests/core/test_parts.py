"""The folder of parts: what is in a part, and parts that cannot be gone on with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pellucid.attribution.shapley.exact import ExactSHAP
from pellucid.attribution.shapley.permutation_shap import PermutationSHAP
from pellucid.core import parquet
from pellucid.core.errors import FileFormatError, ParameterError
from pellucid.core.parts import Parquet, read_receipt

ROWS = np.random.default_rng(5).normal(size=(30, 3))


def f(x):
    return np.column_stack([x[:, 0] * x[:, 1] * x[:, 2], x[:, 0]])


def test_standard_errors_are_written_beside_the_values(tmp_path):
    method = PermutationSHAP(f, ROWS[:3], permutations=5)
    frame = pd.read_parquet(method.stream(ROWS, tmp_path / "out.parquet", chunk=10))
    ex = method.explain(ROWS)
    assert frame["row"].tolist() == np.repeat(np.arange(30), 2).tolist()
    assert frame["target"].tolist() == list(ex.target_names) * 30
    for j, name in enumerate(ex.feature_names):
        np.testing.assert_array_equal(frame[name], ex.values[:, j].ravel())
        np.testing.assert_array_equal(frame[f"stderr {name}"], ex.stderr[:, j].ravel())


def test_columns_called_like_ours_keep_their_names(tmp_path):
    rows = pd.DataFrame(ROWS, columns=["row", "base", "target"])
    method = ExactSHAP(lambda x: x.to_numpy()[:, 0], rows[:2])
    frame = pd.read_parquet(method.stream(rows, tmp_path / "out.parquet", chunk=20))
    assert frame["row_"].tolist() == list(range(30))
    np.testing.assert_array_equal(frame["row"], method.explain(rows).values[:, 0, 0])


def test_a_damaged_part_is_named_and_nothing_is_overwritten(tmp_path):
    sink = tmp_path / "out.parquet"
    ExactSHAP(f, ROWS[:2]).stream(ROWS, sink, chunk=10)
    (sink / "part-000001.parquet").write_bytes(b"PAR1")
    with pytest.raises(FileFormatError, match=r"part-000001.parquet is not a parquet file or is damaged"):
        ExactSHAP(f, ROWS[:2]).stream(ROWS, sink, chunk=10)
    assert (sink / "part-000001.parquet").read_bytes() == b"PAR1"


def test_parts_of_a_newer_format_or_of_another_program_are_refused(tmp_path):
    sink = tmp_path / "out.parquet"
    sink.mkdir()
    parquet.write_file(sink / "part-000000.parquet", {"n": np.arange(3)}, {"format": 2})
    with pytest.raises(FileFormatError, match="has format 2 and this version reads up to 1"):
        read_receipt(sink)
    pd.DataFrame({"n": [1]}).to_parquet(sink / "part-000000.parquet")
    with pytest.raises(FileFormatError, match="was not written by pellucid"):
        ExactSHAP(f, ROWS[:2]).stream(ROWS, sink)


def test_a_folder_without_parts_has_no_receipt(tmp_path):
    with pytest.raises(FileFormatError, match="holds no finished part"):
        read_receipt(tmp_path)
    with pytest.raises(FileFormatError, match="holds no finished part"):
        read_receipt(tmp_path / "missing.parquet")


def test_top_is_a_whole_number():
    with pytest.raises(ParameterError, match="top must be None or a whole number of at least 1, got 0"):
        Parquet("out.parquet", top=0)
