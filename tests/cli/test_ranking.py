"""The table that ``explain`` prints."""

from __future__ import annotations

import numpy as np

from pellucid.cli.ranking import show
from pellucid.core.attribution import Attribution
from pellucid.core.receipt import Completeness, Receipt
from pellucid.core.target import resolve_target


def attribution(values, names, targets):
    receipt = Receipt(
        method="TreeSHAP",
        settings={},
        model="m",
        model_fingerprint="0" * 64,
        target=resolve_target(None, targets, n_rows=len(values)).describe(),
        unit="logit",
        rows=len(values),
        data_fingerprint="0" * 64,
        completeness=Completeness("not promised"),
    )
    return Attribution(receipt, values=np.asarray(values, dtype=float), feature_names=tuple(names))


def lines(capsys, explanation, of):
    show(explanation, of)
    return capsys.readouterr().out.splitlines()


def test_one_target_has_standard_errors_and_shares(capsys):
    values = [[[1.0], [-3.0]], [[-1.0], [5.0]]]
    assert lines(capsys, attribution(values, ["金额", "b"], ["yes"]), 9)[:4] == [
        "mean |contribution| to “yes” in logit, 2 of 9 rows",
        "column  mean ± error  share",
        "b        4.00 ± 1.00    80%",
        "金额     1.00 ± 0.00    20%",
    ]


def test_a_single_row_has_no_standard_error(capsys):
    assert lines(capsys, attribution([[[0.02]]], ["a"], ["yes"]), 1)[2] == "a             0.0200   100%"


def test_a_few_targets_stand_side_by_side(capsys):
    shown = lines(capsys, attribution([[[1.0, 3.0]], [[1.0, 3.0]]], ["a"], ["no", "yes"]), 2)
    assert shown[:3] == [
        "mean |contribution| in logit, 2 rows",
        "column    no   yes  share",
        "a       1.00  3.00   100%",
    ]


def test_many_targets_are_averaged(capsys):
    shown = lines(capsys, attribution(np.ones((2, 1, 9)), ["a"], [str(i) for i in range(9)]), 2)
    assert shown[1] == "column  mean of 9 outputs  share"


def test_many_columns_are_summed_up(capsys):
    shown = lines(capsys, attribution(np.ones((2, 20, 1)), [f"x{j}" for j in range(20)], ["y"]), 2)
    assert shown[2 + 12] == "and 8 more with 40% together"


def test_a_constant_model_has_no_shares_to_divide(capsys):
    assert lines(capsys, attribution(np.zeros((2, 1, 1)), ["a"], ["y"]), 2)[2] == "a       0.000 ± 0.000     0%"
