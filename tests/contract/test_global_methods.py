"""What every attribution method promises that explains all rows together, checked on each one in the registry."""

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
from pellucid.core.errors import ColumnsError, InputError, ParameterError, PellucidError

METHODS = sorted(
    name
    for name, entry in registry.methods().items()
    if name.startswith("attribution.") and (entry["explains"] == "Importance" or name == "attribution.SPLIME")
)
NAMES = ["age", "income", "tenure", "debt"]
X, Y = make_classification(160, 4, n_informative=3, n_redundant=0, n_classes=3, n_clusters_per_class=1, random_state=4)
FRAME = pd.DataFrame(X, columns=NAMES)
LABELS = np.array(["cat", "cow", "dog"])[Y]
FOREST = RandomForestClassifier(8, max_depth=4, random_state=0).fit(FRAME, LABELS)
ROWS, BACKGROUND = FRAME[:12], FRAME[100:120]


@pytest.fixture(scope="module", params=METHODS)
def entry(request):
    return {"address": request.param, **registry.methods()[request.param]}


def method_class(entry):
    return registry.find(entry["module"], entry["address"].rpartition(".")[2])


def build(entry, **settings):
    fewer = {"samples": 200} if "samples" in method_class(entry).constraints else {}
    return method_class(entry)(FOREST, BACKGROUND, **{**fewer, **settings})


@pytest.fixture(scope="module")
def found(entry):
    return build(entry).explain(ROWS)


def test_the_card_is_filled_in_and_names_a_known_result(entry):
    assert all(entry.values())
    assert registry.result_type(entry["explains"]).__name__ == entry["explains"]


def test_the_method_is_found_at_its_address(entry):
    assert getattr(pellucid.attribution, entry["address"].rpartition(".")[2]) is method_class(entry)


def test_the_docstring_has_formula_parameters_errors_and_source(entry):
    text = inspect.getdoc(method_class(entry))
    for section in ("Parameters\n---", "Raises\n---", "Source\n---"):
        assert section in text, section
    assert "``" in text


def test_settings_after_model_and_background_are_keyword_only(entry):
    parameters = list(inspect.signature(method_class(entry)).parameters.values())
    assert [p.name for p in parameters[:2]] == ["model", "background"]
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in parameters[2:])
    assert {p.name for p in parameters[2:]} == set(method_class(entry).constraints)


def test_every_setting_refuses_what_it_cannot_be_in_one_sentence(entry):
    for setting, constraint in method_class(entry).constraints.items():
        with pytest.raises(ParameterError, match=f"^{method_class(entry).__name__}: {setting} must be") as caught:
            build(entry, **{setting: object()})
        assert constraint.words in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "targets"),
    [(None, 3), ("dog", 1), (0, 1), (["dog", "cat"], 2), (("dog", "cat"), 1), ("predicted", 1)],
    ids=["all", "name", "number", "list", "contrast", "predicted"],
)
def test_the_target_axis_is_always_there(entry, target, targets):
    values = build(entry).explain(ROWS, target).values
    assert values.shape[-2:] == (4, targets)


def test_the_receipt_is_filled_in(entry, found):
    receipt = found.receipt
    assert receipt.method == method_class(entry).__name__
    assert set(receipt.settings) == set(method_class(entry).constraints)
    assert receipt.unit == "probability"
    assert receipt.seconds > 0
    assert receipt.evaluations > 0
    assert receipt.completeness.kind == entry["completeness"]
    assert len(receipt.model_fingerprint) == len(receipt.data_fingerprint) == 64
    assert {"pellucid", "python", "numpy", "scikit-learn"} <= set(receipt.versions)
    assert receipt.background["rows"] == 20
    assert str(receipt)


def test_same_settings_same_bits_for_any_batch_size(entry, found):
    np.testing.assert_array_equal(build(entry, batch_size=7).explain(ROWS).values, found.values)


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_every_kind_of_table_gives_the_same_values(entry, found, kind):
    convert = {"polars": pl.from_pandas, "pyarrow": pa.Table.from_pandas}[kind]
    fewer = {"samples": 200} if "samples" in method_class(entry).constraints else {}
    other = method_class(entry)(FOREST, convert(BACKGROUND), **fewer).explain(convert(ROWS))
    np.testing.assert_allclose(other.values, found.values, atol=1e-12)


def test_columns_in_another_order_are_put_right(entry, found):
    np.testing.assert_array_equal(build(entry).explain(ROWS[NAMES[::-1]]).values, found.values)


def test_model_rows_and_background_come_back_unchanged(entry):
    model, rows, background = pickle.dumps(FOREST), ROWS.copy(), BACKGROUND.copy()
    state = np.random.get_state()[1].copy()
    build(entry).explain(ROWS)
    assert pickle.dumps(FOREST) == model
    pd.testing.assert_frame_equal(ROWS, rows)
    pd.testing.assert_frame_equal(BACKGROUND, background)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        (ROWS.drop(columns="debt"), ColumnsError),
        (ROWS.assign(extra=1), ColumnsError),
        (ROWS.iloc[:0], InputError),
        (ROWS.assign(debt="much"), PellucidError),
        (ROWS.assign(debt=np.inf), PellucidError),
        (None, PellucidError),
    ],
    ids=["missing", "extra", "empty", "text", "infinite", "nothing"],
)
def test_rows_that_do_not_fit_are_refused_in_one_sentence(entry, rows, error):
    with pytest.raises(error) as caught:
        build(entry).explain(rows)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_no_background_is_refused(entry):
    with pytest.raises(ParameterError, match="background: None was passed"):
        method_class(entry)(FOREST)


def test_a_target_that_is_not_there_is_refused(entry):
    with pytest.raises(ParameterError, match="there is no output 'horse'"):
        build(entry).explain(ROWS, "horse")


def test_the_result_can_be_saved_framed_shown_described_and_drawn(entry, found, tmp_path):
    import matplotlib.pyplot as plt

    found.save(tmp_path / "found.npz")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "found.npz").values, found.values)
    assert len(found.to_frame())
    assert "<table>" in found._repr_html_()
    assert found.describe()
    assert found.describe(language="zh")
    assert found.plot("bar").get_figure() is not None
    plt.close("all")
