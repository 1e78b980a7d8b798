import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from pellucid.core.errors import ArgumentTypeError, ColumnsError, ModelFailedError
from pellucid.models import as_model

FRAME = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0]})


def double(rows):
    return np.asarray(rows)[:, 0] * 2


def pair(rows):
    return np.column_stack([double(rows), -double(rows)])


def test_the_first_answer_tells_how_many_outputs_there_are():
    one, two = as_model(double, rows=FRAME), as_model(pair, rows=FRAME)
    assert (one.kind, one.output_names, one.unit) == ("function double", ("output",), "output")
    assert two.output_names == ("output 0", "output 1")
    np.testing.assert_array_equal(two.predict(two.table(FRAME)), [[2, -2], [4, -4], [6, -6]])


def test_names_given_need_no_call():
    calls = []

    def f(rows):
        calls.append(len(rows))
        return double(rows)

    model = as_model(f, output_names=["price"], unit="euro", feature_names=["a", "b"])
    assert (calls, model.output_names, model.unit, model.n_features) == ([], ("price",), "euro", 2)
    assert model.predict(model.table(FRAME)).shape == (3, 1)


def test_it_is_tried_on_two_rows_only():
    sizes = []

    def f(rows):
        sizes.append(len(rows))
        return np.zeros(len(rows))

    as_model(f, rows=FRAME)
    assert sizes == [2]


@pytest.mark.parametrize(
    "rows",
    [FRAME, pl.DataFrame(FRAME), pl.DataFrame(FRAME).to_arrow(), FRAME.to_numpy()],
    ids=lambda rows: type(rows).__module__,
)
def test_the_function_gets_the_kind_of_table_that_the_caller_passes(rows):
    seen = []

    def f(given):
        seen.append(type(given))
        return np.zeros(len(given))

    model = as_model(f, rows=rows)
    model.predict(model.table(rows))
    assert set(seen) == {type(rows)}


def test_a_function_that_writes_into_its_argument_leaves_the_callers_rows_alone():
    def careless(rows):
        rows["a"] = 0
        return np.zeros(len(rows))

    before = FRAME.copy()
    model = as_model(careless, rows=FRAME)
    model.predict(model.table(FRAME))
    pd.testing.assert_frame_equal(FRAME, before)


@pytest.mark.parametrize(
    "answer", [list, pd.Series, pl.Series, np.float32, lambda v: np.asarray(v)[:, np.newaxis]], ids=str
)
def test_any_column_of_numbers_is_an_answer(answer):
    model = as_model(lambda rows: answer(list(rows["a"])), rows=FRAME)
    np.testing.assert_array_equal(model.predict(model.table(FRAME)), [[1], [2], [3]])


def test_a_bound_predict_proba_names_its_classes():
    model = as_model(LogisticRegression().fit(FRAME, ["x", "y", "y"]).predict_proba, rows=FRAME)
    assert (model.output_names, model.unit) == (("x", "y"), "probability")


def test_objects_that_can_be_called_are_functions():
    class Scorer:
        def __call__(self, rows):
            return double(rows)

    assert as_model(Scorer(), rows=FRAME).kind == "function Scorer"


def test_without_names_and_rows_the_error_says_what_to_pass():
    with pytest.raises(
        ArgumentTypeError, match=r"how many outputs function double has .* output_names=\[...\], or some rows"
    ):
        as_model(double)


def test_a_function_that_raises_is_one_sentence():
    def broken(rows):
        raise KeyError("c")

    with pytest.raises(
        ModelFailedError, match=r"function broken raised KeyError on the first 2 rows: 'c'; .* pandas table"
    ):
        as_model(broken, rows=FRAME)
    model = as_model(broken, output_names=["y"])
    with pytest.raises(ModelFailedError, match="function broken raised KeyError while predicting 3 rows"):
        model.predict(model.table(FRAME))


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda rows: 1.0, r"\(\)"),
        (lambda rows: np.zeros(5), r"\(5,\)"),
        (lambda rows: np.zeros((2, 2, 2)), r"\(2, 2, 2\)"),
    ],
    ids=["a number", "too many", "three axes"],
)
def test_an_answer_of_another_shape_is_refused(function, shape):
    with pytest.raises(
        ModelFailedError, match=f"one line of numbers, for each row; for 2 rows it returned shape {shape}"
    ):
        as_model(function, rows=FRAME)


def test_an_answer_that_is_no_number_is_refused():
    with pytest.raises(ModelFailedError, match=r"raised ValueError on the first 2 rows.*return numbers"):
        as_model(lambda rows: ["yes"] * len(rows), rows=FRAME)


def test_columns_are_put_in_the_order_asked_for_and_checked():
    model = as_model(double, rows=FRAME, feature_names=["b", "a"])
    np.testing.assert_array_equal(model.predict(model.table(FRAME))[:, 0], [8, 10, 12])
    with pytest.raises(ColumnsError, match="missing"):
        model.table(FRAME[["a"]])


def test_fingerprints_are_those_of_the_answers():
    def triple(rows):
        return double(rows) * 1.5

    marks = [as_model(f, rows=FRAME) for f in (double, double, triple)]
    first, again, other = (model.fingerprint(model.table(FRAME)) for model in marks)
    assert first == again != other
