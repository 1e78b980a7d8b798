"""What every method promises, checked on each one in the registry."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

import pellucid
from pellucid.core import registry
from pellucid.core.errors import ColumnsError, InputError, ParameterError, PellucidError
from pellucid.core.params import Whole

#: result → values of a row and target: one a column, or one a pair of columns
ENTRIES = {"Attribution": 4, "Interactions": 6}
#: methods whose values are not one line for each row that is passed; see test_global_methods.py
GLOBAL = {"attribution.SPLIME": "gives back the rows that it picks"}


def explains_rows_of_tables(name, card):
    takes = "tables" in card.get("takes", "tables")
    return name.startswith("attribution.") and takes and card["explains"] in ENTRIES and name not in GLOBAL


METHODS = sorted(name for name, card in registry.methods().items() if explains_rows_of_tables(name, card))
NAMES = ["age", "income", "tenure", "debt"]
X, Y = make_classification(160, 4, n_informative=3, n_redundant=0, n_classes=3, n_clusters_per_class=1, random_state=4)
FRAME = pd.DataFrame(X, columns=NAMES)
LABELS = np.array(["cat", "cow", "dog"])[Y]
FOREST = RandomForestClassifier(8, max_depth=4, random_state=0)
#: ability a method needs → a model that has it, what the model itself says, and in which unit
MODELS = {
    "forest": (FOREST.fit(FRAME, LABELS), FOREST.predict_proba, "probability"),
    "predict": (FOREST, FOREST.predict_proba, "probability"),
    "linear": (LINEAR := LogisticRegression().fit(FRAME, LABELS), LINEAR.decision_function, "logit"),
}
ROWS, BACKGROUND = FRAME[:12], FRAME[100:120]
#: plots of texts and images, whose parts differ from row to row
OF_PARTS = {"text", "image"}


@pytest.fixture(scope="module", params=METHODS)
def entry(request):
    return {"address": request.param, **registry.methods()[request.param]}


def method_class(entry):
    return registry.find(entry["module"], entry["address"].rpartition(".")[2])


def model_of(entry):
    return MODELS[entry["needs"]][0]


def build(entry, **settings):
    background = {} if entry["background"] == "none" else {"background": BACKGROUND}
    return method_class(entry)(model_of(entry), **background, **settings)


@pytest.fixture(scope="module")
def ex(entry):
    return build(entry).explain(ROWS)


def test_the_card_is_filled_in_and_names_a_known_result(entry):
    assert all(entry.values())
    registry.result_type(entry["explains"])
    assert entry["needs"] in MODELS
    assert entry["background"] in ("none", "optional", "required")
    assert entry["completeness"] in ("checked", "by construction", "not promised")


def test_the_method_is_found_at_its_address(entry):
    family, _, name = entry["address"].rpartition(".")
    assert getattr(getattr(pellucid, family), name) is method_class(entry)


def test_the_docstring_has_formula_parameters_errors_and_source(entry):
    text = inspect.getdoc(method_class(entry))
    for section in ("Parameters\n---", "Raises\n---", "Source\n---"):
        assert section in text, section
    assert "``" in text


def test_settings_after_model_and_background_are_keyword_only(entry):
    parameters = list(inspect.signature(method_class(entry)).parameters.values())
    assert [p.name for p in parameters[:2]] in (["model", "background"], ["model", "masker"])
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
    [
        (None, 3),
        ("dog", 1),
        (0, 1),
        (["dog", "cat"], 2),
        (("dog", "cat"), 1),
        ("predicted", 1),
        (np.arange(12) % 3, 1),
    ],
    ids=["all", "name", "number", "list", "contrast", "predicted", "per row"],
)
def test_the_target_axis_is_always_there(entry, target, targets):
    ex = build(entry).explain(ROWS, target)
    assert ex.values.shape == (12, ENTRIES[entry["explains"]], targets)
    if ex.base is None:
        assert entry["completeness"] == "not promised"
    else:
        assert ex.base.shape == (12, targets)


def test_one_row_and_one_output_keep_all_axes(entry):
    assert build(entry).explain(ROWS[:1], "dog").values.shape == (1, ENTRIES[entry["explains"]], 1)


def test_a_chosen_target_has_the_same_values_as_in_all_targets(entry, ex):
    dog = build(entry).explain(ROWS, "dog")
    np.testing.assert_array_equal(dog.values, ex.target("dog").values)


def test_the_receipt_is_filled_in(entry, ex):
    receipt = ex.receipt
    assert receipt.method == method_class(entry).__name__
    assert set(receipt.settings) == set(method_class(entry).constraints)
    assert receipt.rows == 12
    assert receipt.unit == MODELS[entry["needs"]][2]
    assert receipt.seconds > 0
    assert receipt.completeness.kind == entry["completeness"]
    assert len(receipt.model_fingerprint) == len(receipt.data_fingerprint) == 64
    assert {"pellucid", "python", "numpy", "scikit-learn"} <= set(receipt.versions)
    if entry["background"] != "none":
        assert receipt.background["rows"] == 20


def test_the_check_compares_with_the_models_own_prediction(entry, ex):
    if entry["completeness"] == "checked":
        np.testing.assert_allclose(ex.predictions, MODELS[entry["needs"]][1](ROWS), atol=1e-5)
        assert ex.receipt.completeness.rows == 12
        unchecked = build(entry).explain(ROWS, check=False)
        assert unchecked.receipt.completeness.kind == "not promised"
        np.testing.assert_array_equal(unchecked.values, ex.values)


def test_same_settings_same_bits(entry, ex):
    np.testing.assert_array_equal(build(entry).explain(ROWS).values, ex.values)


def test_threads_and_batch_size_do_not_change_a_bit(entry, ex):
    constraints = method_class(entry).constraints
    fewer = {"samples": 60} if "samples" in constraints else {}
    whole = build(entry, **fewer).explain(ROWS) if fewer else ex
    for setting in {"threads", "batch_size"} & set(constraints):
        for value in (1, 2, 7):
            few = build(entry, **{setting: value}, **fewer).explain(ROWS[:3], check=False)
            np.testing.assert_array_equal(few.values, whole.values[:3])


def test_rows_explained_one_by_one_have_the_same_bits(entry, ex):
    method = build(entry)
    alone = np.concatenate([method.explain(ROWS[i : i + 1]).values for i in range(12)])
    np.testing.assert_array_equal(alone, ex.values)


@pytest.mark.parametrize("kind", ["polars", "pyarrow", "numpy"])
def test_every_kind_of_table_gives_the_same_values(entry, ex, kind):
    convert = {"polars": pl.from_pandas, "pyarrow": pa.Table.from_pandas, "numpy": pd.DataFrame.to_numpy}[kind]
    background = {} if entry["background"] == "none" else {"background": convert(BACKGROUND)}
    model = model_of(entry) if kind != "numpy" else _without_names(model_of(entry))
    other = method_class(entry)(model, **background).explain(convert(ROWS))
    np.testing.assert_allclose(other.values, ex.values, atol=1e-12)


def test_columns_in_another_order_are_put_right(entry, ex):
    shuffled = build(entry).explain(ROWS[NAMES[::-1]])
    assert shuffled.feature_names == tuple(NAMES)
    np.testing.assert_array_equal(shuffled.values, ex.values)


def test_model_rows_and_background_come_back_unchanged(entry):
    model, rows, background = pickle.dumps(model_of(entry)), ROWS.copy(), BACKGROUND.copy()
    state = np.random.get_state()[1].copy()
    build(entry).explain(ROWS)
    assert pickle.dumps(model_of(entry)) == model
    pd.testing.assert_frame_equal(ROWS, rows)
    pd.testing.assert_frame_equal(BACKGROUND, background)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        (ROWS.drop(columns="debt"), ColumnsError),
        (ROWS.rename(columns={"debt": "loan"}), ColumnsError),
        (ROWS.assign(extra=1), ColumnsError),
        (ROWS.iloc[:0], InputError),
        (ROWS.assign(debt="much"), PellucidError),
        (ROWS.assign(debt=np.inf), PellucidError),
        ("rows.csv", PellucidError),
        (None, PellucidError),
    ],
    ids=["missing", "renamed", "extra", "empty", "text", "infinite", "a path", "nothing"],
)
def test_rows_that_do_not_fit_are_refused_in_one_sentence(entry, rows, error):
    with pytest.raises(error) as caught:
        build(entry).explain(rows)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_target_that_is_not_there_is_refused(entry):
    with pytest.raises(ParameterError, match="there is no output 'horse'"):
        build(entry).explain(ROWS, "horse")


def test_the_result_can_be_saved_framed_shown_described_and_drawn(entry, ex, tmp_path):
    import matplotlib.pyplot as plt

    ex.save(tmp_path / "ex.npz")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "ex.npz").values, ex.values)
    assert len(ex.to_frame()) == {"Attribution": 12 * 3, "Interactions": 12 * 6 * 3}[entry["explains"]]
    assert "<table>" in ex._repr_html_()
    assert ex.target("dog").describe()
    assert ex.target("dog").describe(language="zh")
    for kind in set(registry.plot_kinds(entry["explains"])) - OF_PARTS:
        one = ex.target("dog")
        drawn = one[0] if kind in ("waterfall", "force") else one
        assert drawn.plot(kind).get_figure() is not None
    plt.close("all")


def test_a_whole_number_setting_refuses_a_boolean(entry):
    for setting, constraint in method_class(entry).constraints.items():
        if isinstance(constraint, Whole):
            with pytest.raises(ParameterError):
                build(entry, **{setting: True})


def _without_names(model):
    return clone(model).fit(X, LABELS)
