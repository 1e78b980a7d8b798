from __future__ import annotations

import numpy as np
import pytest

from pellucid.core.completeness import check_completeness, rows_to_check
from pellucid.core.errors import CompletenessError, ParameterError


def check(total, predicted, relative=1e-6):
    base = np.full((len(total), 1), 2.0)
    return check_completeness(
        np.array(total)[:, None], base, np.array(predicted)[:, None],
        relative=relative, unit="log-odds", rows=np.arange(len(total)),
    )  # fmt: skip


def test_the_gap_and_the_tolerance_are_in_the_receipt():
    result = check([1.0, 10.0], [1.0, 10.000001])
    assert result.kind == "checked"
    assert result.rows == 2
    assert result.gap == pytest.approx(1e-6)
    assert result.tolerance == pytest.approx(1e-5)
    assert result.sentence().startswith("checked on 2 rows: base + Σ values equals the model's own prediction")


def test_the_base_sets_the_scale_when_predictions_are_small():
    assert check([0.0], [1e-6]).tolerance == pytest.approx(2e-6)


@pytest.mark.parametrize("wrong", [10.1, float("nan")])
def test_a_gap_above_the_tolerance_raises_and_names_the_row(wrong):
    with pytest.raises(CompletenessError, match=r"row 1 and the model says 10 log-odds"):
        check([1.0, wrong], [1.0, 10.0])


def test_no_rows_promise_nothing():
    assert check([], []).sentence() == "not promised: the check was turned off"


def test_a_sample_is_seeded_sorted_and_without_repeats():
    rows = rows_to_check("sample", 5_000, seed=3)
    np.testing.assert_array_equal(rows, rows_to_check("sample", 5_000, seed=3))
    assert len(set(rows.tolist())) == 1_000
    assert (np.diff(rows) > 0).all()
    assert len(rows_to_check("sample", 7)) == 7
    assert len(rows_to_check("all", 5_000)) == 5_000
    assert len(rows_to_check(False, 5_000)) == 0


def test_another_word_for_check_is_refused():
    with pytest.raises(ParameterError, match="check must be 'sample', 'all' or False, got 'some'"):
        rows_to_check("some", 3)
