"""What every method that judges decisions promises, checked on each one in the registry."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.datasets import make_classification
from sklearn.naive_bayes import GaussianNB

import pellucid
from pellucid.core import registry
from pellucid.core.errors import ArgumentTypeError, ParameterError, PellucidError

METHODS = sorted(name for name in registry.methods() if name.startswith("performance."))
X, Y = make_classification(160, 4, n_informative=3, n_redundant=0, random_state=4)
ROWS, TRUE = pd.DataFrame(X, columns=["age", "income", "tenure", "debt"]), np.array(["genuine", "fraud"])[Y]
MODEL = GaussianNB().fit(ROWS, TRUE)


@pytest.fixture(scope="module", params=METHODS)
def entry(request):
    return {"address": request.param, **registry.methods()[request.param]}


def method_class(entry):
    return registry.find(entry["module"], entry["address"].rpartition(".")[2])


def build(entry, model=MODEL, rows=ROWS, **settings):
    tries = {"n_splits": 3, "resamples": 100}
    fewer = {name: tries[name] for name in set(tries) & set(method_class(entry).constraints)}
    return method_class(entry)(model, rows, TRUE, **{**fewer, **settings})


def parts(found):
    curves = found.curves
    return [part for curve in curves for part in (curve.values, curve.low, curve.high, curve.axes[0].at, curve.share)]


def assert_same(found, other):
    for got, wanted in zip(parts(found), parts(other), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-12)


@pytest.fixture(scope="module")
def found(entry):
    return build(entry).explain()


def test_the_card_is_filled_in_and_names_a_known_result(entry):
    assert all(entry.values())
    assert registry.result_type(entry["explains"]).__name__ == entry["explains"]
    assert getattr(pellucid.performance, entry["address"].rpartition(".")[2]) is method_class(entry)


def test_the_docstring_has_formula_parameters_errors_source_and_deviations(entry):
    text = inspect.getdoc(method_class(entry))
    for section in ("Parameters\n---", "Raises\n---", "Source\n---", "Deviations\n---", "``"):
        assert section in text, section


def test_settings_are_keyword_only_and_refuse_what_they_cannot_be_in_one_sentence(entry):
    for setting, constraint in method_class(entry).constraints.items():
        assert inspect.signature(method_class(entry)).parameters[setting].kind is inspect.Parameter.KEYWORD_ONLY
        with pytest.raises(ParameterError, match=f"^{method_class(entry).__name__}: {setting} must be") as caught:
            build(entry, **{setting: object()})
        assert constraint.words in str(caught.value)


def test_the_receipt_is_filled_in(entry, found):
    receipt = found.receipt
    assert receipt.method == method_class(entry).__name__
    assert set(receipt.settings) == set(method_class(entry).constraints)
    assert receipt.rows == len(ROWS)
    assert receipt.completeness.kind == entry["completeness"]
    assert receipt.completeness.reason
    assert len(receipt.model_fingerprint) == len(receipt.data_fingerprint) == 64
    assert receipt.evaluations > 0
    assert receipt.notes
    assert str(receipt)


def test_bands_hold_their_curve_and_shares_sum_to_one(found):
    for curve in found.curves:
        assert (curve.low <= curve.values + 1e-9).mean() > 0.9
        assert (curve.values <= curve.high + 1e-9).mean() > 0.9
        assert curve.share.sum() == pytest.approx(1)


def test_same_settings_give_the_same_bits(entry, found):
    for got, wanted in zip(parts(build(entry).explain()), parts(found), strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("kind", ["polars", "pyarrow", "numpy"])
def test_every_kind_of_table_gives_the_same_values(entry, found, kind):
    convert = {"polars": pl.from_pandas, "pyarrow": pa.Table.from_pandas, "numpy": pd.DataFrame.to_numpy}[kind]
    model = MODEL if kind != "numpy" else GaussianNB().fit(X, TRUE)
    assert_same(build(entry, model, convert(ROWS)).explain(), found)


def test_model_rows_and_the_state_of_chance_come_back_unchanged(entry):
    model, rows, state = pickle.dumps(MODEL), ROWS.copy(), np.random.get_state()[1].copy()
    build(entry).explain()
    assert pickle.dumps(MODEL) == model
    pd.testing.assert_frame_equal(ROWS, rows)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


@pytest.mark.parametrize(
    "rows",
    [ROWS.assign(debt="much"), ROWS.assign(debt=np.inf), ROWS.iloc[:0], ROWS.iloc[:7], None],
    ids=["text", "infinite", "empty", "fewer", "nothing"],
)
def test_rows_that_cannot_be_judged_are_refused_in_one_sentence(entry, rows):
    with pytest.raises(PellucidError) as caught:
        build(entry, rows=rows).explain()
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_target_that_is_not_there_is_refused(entry):
    with pytest.raises(ParameterError, match="there is no target 'horse'"):
        build(entry).explain(target="horse")


def test_a_stream_is_refused_in_one_sentence(entry):
    with pytest.raises(ArgumentTypeError, match="makes one Effect of all rows and has nothing to stream row by row"):
        build(entry).stream(iter(()), "never written.parquet")


def test_the_result_can_be_saved_framed_shown_described_and_drawn(found, tmp_path):
    import matplotlib.pyplot as plt

    found.save(tmp_path / "found.npz")
    again = pellucid.load(tmp_path / "found.npz")
    assert_same(again, found)
    assert (again.figures, again.drawn) == (found.figures, found.drawn)
    assert {"value", "share", "target", "effect", "low", "high"} <= set(found.to_frame().columns)
    assert "<table>" in found._repr_html_()
    for language in ("en", "zh"):
        assert "genuine" in found.describe(language=language)
    assert found.plot().get_figure() is not None
    assert found.target(0).plot().get_figure() is not None
    plt.close("all")
