"""What every method of effects promises, checked on each one in the registry."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

import pellucid
from pellucid.core import registry
from pellucid.core.errors import ArgumentTypeError, ColumnsError, ParameterError, PellucidError

#: views of pairs alone, and of data without a model, have promises of their own in tests/effects
METHODS = sorted(
    name
    for name, card in registry.methods().items()
    if name.startswith("effects.") and card["needs"] != "none" and name != "effects.DecisionRegions"
)
NAMES = ["age", "income", "tenure", "debt"]
X, Y = make_classification(160, 4, n_informative=3, n_redundant=0, n_classes=3, n_clusters_per_class=1, random_state=4)
FRAME = pd.DataFrame(X, columns=NAMES)
LABELS = np.array(["cat", "cow", "dog"])[Y]
FOREST = RandomForestClassifier(8, max_depth=4, random_state=0).fit(FRAME, LABELS)
ROWS, TRUE = FRAME[100:130], LABELS[100:130]


@pytest.fixture(scope="module", params=METHODS)
def entry(request):
    return {"address": request.param, **registry.methods()[request.param]}


def method_class(entry):
    return registry.find(entry["module"], entry["address"].rpartition(".")[2])


def build(entry, model=FOREST, rows=ROWS, **settings):
    given = (rows,) if entry["background"] != "none" else (rows, TRUE)
    return method_class(entry)(model, *given, **settings)


def numbers(found):
    curves = getattr(found, "curves", None)
    parts = [found.values] if curves is None else [curve.values for curve in curves]
    return np.concatenate([part.ravel() for part in parts])


@pytest.fixture(scope="module")
def found(entry):
    return build(entry).explain()


def test_the_card_is_filled_in_and_names_a_known_result(entry):
    assert all(entry.values())
    assert registry.result_type(entry["explains"]).__name__ == entry["explains"]


def test_the_method_is_found_at_its_address(entry):
    assert getattr(pellucid.effects, entry["address"].rpartition(".")[2]) is method_class(entry)


def test_the_docstring_has_formula_parameters_errors_and_source(entry):
    text = inspect.getdoc(method_class(entry))
    for section in ("Parameters\n---", "Raises\n---", "Source\n---", "``"):
        assert section in text, section


def test_settings_are_keyword_only(entry):
    parameters = inspect.signature(method_class(entry)).parameters
    for name in method_class(entry).constraints:
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY


def test_every_setting_refuses_what_it_cannot_be_in_one_sentence(entry):
    for setting, constraint in method_class(entry).constraints.items():
        with pytest.raises(ParameterError, match=f"^{method_class(entry).__name__}: {setting} must be") as caught:
            build(entry, **{setting: object()})
        assert constraint.words in str(caught.value)


def test_the_result_is_of_its_type_and_its_receipt_filled_in(entry, found):
    receipt = found.receipt
    assert type(found).__name__ == entry["explains"]
    assert receipt.method == method_class(entry).__name__
    assert set(receipt.settings) == set(method_class(entry).constraints)
    assert receipt.rows == 30
    assert receipt.completeness.kind == entry["completeness"]
    if receipt.completeness.kind == "checked":
        assert receipt.completeness.gap <= receipt.completeness.tolerance
        assert "within" in str(receipt)
    assert len(receipt.model_fingerprint) == len(receipt.data_fingerprint) == 64
    assert receipt.seconds > 0


def test_every_feature_is_there(entry, found):
    names = found.names if entry["explains"] == "Effect" else [(name,) for name in found.feature_names]
    assert list(names) == [(name,) for name in NAMES]


def test_same_settings_and_any_number_of_threads_give_the_same_bits(entry, found):
    with_threads = "threads" in method_class(entry).constraints
    for settings in ({"threads": 1}, {"threads": 3}) if with_threads else ({},):
        np.testing.assert_array_equal(numbers(build(entry, **settings).explain()), numbers(found))


@pytest.mark.parametrize("kind", ["polars", "pyarrow", "numpy"])
def test_every_kind_of_table_gives_the_same_values(entry, found, kind):
    convert = {"polars": pl.from_pandas, "pyarrow": pa.Table.from_pandas, "numpy": pd.DataFrame.to_numpy}[kind]
    model = FOREST if kind != "numpy" else RandomForestClassifier(8, max_depth=4, random_state=0).fit(X, LABELS)
    other = build(entry, model, convert(ROWS.reset_index(drop=True)))
    np.testing.assert_allclose(numbers(other.explain()), numbers(found), atol=1e-12)


def test_model_and_rows_come_back_unchanged(entry):
    model, rows, state = pickle.dumps(FOREST), ROWS.copy(), np.random.get_state()[1].copy()
    build(entry).explain()
    assert pickle.dumps(FOREST) == model
    pd.testing.assert_frame_equal(ROWS, rows)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        (ROWS.drop(columns="debt"), ColumnsError),
        (ROWS.assign(debt="much"), PellucidError),
        (ROWS.assign(debt=np.inf), PellucidError),
        (ROWS.iloc[:0], PellucidError),
        (None, PellucidError),
    ],
    ids=["missing", "text", "infinite", "empty", "nothing"],
)
def test_rows_that_do_not_fit_are_refused_in_one_sentence(entry, rows, error):
    with pytest.raises(error) as caught:
        build(entry, rows=rows).explain()
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_feature_that_is_not_there_is_refused(entry):
    name = "features"
    with pytest.raises(ColumnsError, match="there is no column 'horse'"):
        build(entry).explain(**{name: "horse"})


def test_a_stream_is_refused_in_one_sentence_before_a_row_is_read(entry):
    name, result = entry["address"].rpartition(".")[2], entry["explains"]
    said = f"^{name} makes one {result} of all rows and has nothing to stream row by row; call explain, .*\\.$"
    with pytest.raises(ArgumentTypeError, match=said):
        build(entry).stream(iter(()), "never written.parquet")


def test_the_result_can_be_saved_framed_shown_described_and_drawn(entry, found, tmp_path):
    import matplotlib.pyplot as plt

    found.save(tmp_path / "found.npz")
    np.testing.assert_array_equal(numbers(pellucid.load(tmp_path / "found.npz")), numbers(found))
    assert len(found.to_frame())
    assert "<table>" in found._repr_html_()
    one = found.target(0) if entry["explains"] == "Effect" else found
    assert one.describe()
    assert one.describe(language="zh")
    assert one.default_plot() in registry.plot_kinds(entry["explains"])
    assert one.plot().get_figure() is not None
    plt.close("all")
