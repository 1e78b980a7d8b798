"""From whatever is passed as background to one masker."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pellucid.core.errors import ColumnsError, InputError, ParameterError
from pellucid.core.masker import Masker
from pellucid.core.model import Model
from pellucid.maskers import Background, as_masker
from pellucid.maskers.adapt import background_rows, model_and_masker

MODEL = Model("model", None, lambda table: table.numbers().sum(axis=1), ("out",), "target", ("a", "b"), 2)
FRAME = pd.DataFrame({"b": [1, 2, 3], "a": [4, 5, 6]})


class Zeros(Masker):
    """A masker of one's own."""

    one_base = True

    def players(self, row):
        return row.names

    def inputs(self, rows, coalitions, *, batch_size):
        raise AssertionError

    def describe(self):
        return {"rows": 0}


def test_a_frames_columns_are_put_in_the_models_order():
    masker = as_masker(FRAME, MODEL)
    assert masker.table.names == ("a", "b")
    assert masker.weights is None


@pytest.mark.parametrize("background", [(FRAME, [1, 1, 2]), Background(FRAME, [1, 1, 2])])
def test_weighted_rows_keep_their_weights(background):
    masker = as_masker(background, MODEL)
    assert masker.table.names == ("a", "b")
    np.testing.assert_allclose(masker.weights, [0.25, 0.25, 0.5])


def test_a_pair_of_rows_is_two_rows_and_not_rows_with_weights():
    assert as_masker(([1, 2], [3, 4]), MODEL).table.shape == (2, 2)
    assert as_masker(([[1, 2], [3, 4]], [1, 3]), MODEL).weights.tolist() == [0.25, 0.75]


def test_a_masker_of_ones_own_is_taken_as_it_is():
    masker = Zeros()
    assert as_masker(masker, MODEL) is masker
    with pytest.raises(ParameterError, match="Zeros has none"):
        background_rows(masker, MODEL)


def test_a_frame_with_columns_named_like_a_maskers_methods_is_a_frame():
    model = Model("model", None, lambda table: table.numbers()[:, 0], ("out",), "target")
    frame = pd.DataFrame({"players": [1], "inputs": [2], "describe": [3]})
    assert as_masker(frame, model).table.shape == (1, 3)


def test_no_background_is_refused_where_one_is_needed():
    with pytest.raises(ParameterError, match="background: None was passed"):
        as_masker(None, MODEL)
    assert background_rows(None, MODEL) is None


def test_background_rows_gives_rows_and_shares():
    masker = background_rows((FRAME, [1, 1, 2]), MODEL)
    assert masker.table.names == ("a", "b")
    np.testing.assert_allclose(masker.weights, [0.25, 0.25, 0.5])
    assert background_rows(FRAME, MODEL).weights is None


def test_a_function_is_tried_on_the_background():
    model, masker = model_and_masker(lambda rows: np.column_stack([rows[:, 0], rows[:, 1]]), np.ones((3, 2)))
    assert model.n_outputs == 2
    assert len(masker.table) == 3


def test_bad_backgrounds_are_refused():
    with pytest.raises(ColumnsError, match="missing: 'b'"):
        as_masker(FRAME[["a"]], MODEL)
    with pytest.raises(InputError, match="at least one row"):
        as_masker(FRAME[:0], MODEL)
    with pytest.raises(InputError, match="one number for each of the 3 rows"):
        as_masker((FRAME, [1]), MODEL)
