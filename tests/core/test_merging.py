"""Receipts of the parts of one run become one receipt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pellucid.core.errors import ParameterError
from pellucid.core.merging import merge_receipts, of_any_length
from pellucid.core.receipt import Completeness, Receipt


def receipt(rows, gap=None, tolerance=None, fingerprint="a" * 64, **changes):
    completeness = Completeness("checked", gap, tolerance, rows) if gap is not None else Completeness("not promised")
    made = Receipt(
        "Method",
        {"seed": 1},
        "model",
        "0" * 64,
        {"names": ["out"], "outputs": 1},
        "target",
        rows,
        fingerprint,
        completeness,
        evaluations=rows * 10,
        seconds=1.5,
        notes=("always", f"{rows} rows"),
    )
    return replace(made, **changes)


def test_counts_are_added_up_and_the_worst_gap_is_kept():
    both = merge_receipts(receipt(3, 1e-9, 1e-6), receipt(4, 5e-9, 1e-7))
    assert (both.rows, both.evaluations, both.seconds) == (7, 70, 3.0)
    assert (both.completeness.gap, both.completeness.tolerance, both.completeness.rows) == (5e-9, 1e-6, 7)
    assert both.notes == ("always",)


def test_the_fingerprint_depends_on_the_parts_and_not_on_their_order():
    a, b, c = (receipt(1, fingerprint=digit * 64) for digit in "19f")
    one = merge_receipts(merge_receipts(a, b), c).data_fingerprint
    other = merge_receipts(c, merge_receipts(b, a)).data_fingerprint
    assert one == other
    assert len(one) == 64
    assert one != merge_receipts(a, b).data_fingerprint


def test_one_part_without_a_promise_leaves_none():
    assert merge_receipts(receipt(3, 1e-9, 1e-6), receipt(4)).completeness.kind == "not promised"


def test_the_output_chosen_for_each_row_is_left_out():
    chosen = receipt(2, target={"names": ["predicted"], "outputs": 3, "chosen": [0, 2]})
    assert of_any_length(chosen).target == {"names": ["predicted"], "outputs": 3}
    other = replace(chosen, target={**chosen.target, "chosen": [1]})
    assert merge_receipts(chosen, other).target == {"names": ["predicted"], "outputs": 3}


@pytest.mark.parametrize(
    "change",
    [{"method": "Other"}, {"settings": {"seed": 2}}, {"model": "other"}, {"unit": "logit"}, {"seed": 7}]
    + [{"background": {"rows": 3}}, {"target": {"names": ["in"], "outputs": 1}}],
    ids=lambda change: next(iter(change)),
)
def test_parts_of_different_runs_are_refused(change):
    with pytest.raises(ParameterError, match=f"cannot be merged: {next(iter(change))} is"):
        merge_receipts(receipt(3), receipt(3, **change))
