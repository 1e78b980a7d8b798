"""Attributions of a network's inputs: their frames, files, plots and words."""

from __future__ import annotations

import numpy as np
import pytest

import pellucid
from pellucid.core.attribution import Attribution
from pellucid.core.attribution_lines import lines_of_numbers, lines_of_pixels
from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.core.images import Images
from pellucid.core.receipt import Completeness, Receipt
from pellucid.core.tensors import Tensors

RNG = np.random.default_rng(0)


def make(values, parted, targets=("no", "yes")):
    receipt = Receipt(
        method="Hand",
        settings={},
        model="test.Model",
        model_fingerprint="f" * 64,
        target={"names": list(targets), "outputs": len(targets), "mix": np.eye(len(targets)).tolist()},
        unit="output",
        rows=len(values),
        data_fingerprint="d" * 64,
        completeness=Completeness("not promised", reason="made by hand"),
        versions={"python": "3"},
    )
    return Attribution(receipt, values, parted=parted)


@pytest.fixture
def of_images():
    """Three images of two channels."""
    return make(RNG.normal(size=(3, 2, 4, 5, 2)), Tensors({"input": RNG.normal(size=(3, 2, 4, 5))}))


@pytest.fixture
def of_steps():
    """Two sequences of four steps with three numbers each."""
    return make(RNG.normal(size=(2, 4, 3, 2)), Tensors({"input": RNG.normal(size=(2, 4, 3))}))


@pytest.fixture
def of_tokens():
    """Three rows of four tokens."""
    return make(RNG.normal(size=(3, 4, 2)), Tensors({"input": RNG.integers(0, 9, (3, 4))}))


@pytest.fixture
def of_several():
    arrays = {"image": RNG.normal(size=(3, 1, 2, 2)), "age": RNG.normal(size=(3, 2))}
    return make(RNG.normal(size=(3, 6, 2)), Tensors(arrays, "names"))


@pytest.mark.parametrize("kind", ["of_images", "of_steps", "of_tokens", "of_several"])
def test_a_frame_has_a_line_for_each_row_number_and_target(kind, request):
    ex = request.getfixturevalue(kind)
    frame = ex.to_frame("pandas")
    assert list(frame.columns) == ["row", "name", "target", "value"]
    assert len(frame) == ex.values.size
    np.testing.assert_array_equal(frame["value"], ex.values.ravel())
    assert frame["name"][2] == ex.input_names[1]
    assert frame["target"].tolist()[:3] == ["no", "yes", "no"]


@pytest.mark.parametrize("kind", ["of_images", "of_steps", "of_tokens", "of_several"])
def test_it_is_saved_and_loaded_with_what_was_explained(kind, request, tmp_path):
    ex = request.getfixturevalue(kind)
    ex.save(tmp_path / "ex.npz")
    again = pellucid.load(tmp_path / "ex.npz")
    np.testing.assert_array_equal(again.values, ex.values)
    assert again.parted.call == ex.parted.call
    for name, array in ex.parted.arrays.items():
        np.testing.assert_array_equal(again.parted.arrays[name], array)


@pytest.mark.parametrize("kind", ["of_images", "of_steps", "of_tokens", "of_several"])
def test_it_is_drawn_by_its_default_plot_one_row_or_all(kind, request):
    from matplotlib import pyplot

    ex = request.getfixturevalue(kind).target("yes")
    wanted = "image" if kind in ("of_images", "of_steps") else "beeswarm"
    assert ex.default_plot() == wanted
    assert ex[0].default_plot() == ("image" if wanted == "image" else "waterfall")
    for some in (ex, ex[0]):
        some.plot()
        pyplot.close("all")


@pytest.mark.parametrize("kind", ["of_images", "of_steps", "of_tokens", "of_several"])
def test_importance_is_the_mean_size_of_each_number(kind, request):
    ex = request.getfixturevalue(kind)
    found = ex.importance()
    assert found.feature_names == ex.input_names
    np.testing.assert_allclose(found.values, np.abs(ex.values).reshape(len(ex), -1, 2).mean(axis=0))


def test_notebooks_show_the_receipt_and_the_numbers_of_one_row(of_images, of_tokens):
    assert "made by hand" in of_images._repr_html_()
    assert "input[2]" in of_tokens[0]._repr_html_()
    assert "input[2]" not in of_tokens._repr_html_()


def test_tokens_are_told_and_pixels_are_not(of_images, of_steps, of_tokens):
    assert "input[" in of_tokens[0].target("yes").describe()
    assert of_tokens.target("yes").describe().count("\n\n") == 2
    for ex in (of_images, of_steps):
        with pytest.raises(ParameterError, match='use plot\\("image"\\)'):
            ex.describe()


def test_one_of_several_inputs_is_an_attribution_of_its_own(of_several):
    part = of_several.part("image")
    assert part.values.shape == (3, 1, 2, 2, 2)
    assert part.default_plot() == "image"
    np.testing.assert_array_equal(part.values.reshape(3, 4, 2), of_several.values[:, :4])
    with pytest.raises(ColumnsError, match="there are image, age"):
        of_several.part("size")


def test_tensors_are_images_where_they_have_channels_first_or_none():
    channels = RNG.normal(size=(2, 3, 4, 5))
    np.testing.assert_array_equal(Tensors({"input": channels}).as_images().native, np.moveaxis(channels, 1, -1))
    np.testing.assert_array_equal(Tensors({"input": channels[:, :1]}).as_images().native, channels[:, 0])
    np.testing.assert_array_equal(Tensors({"input": channels[:, 0]}).as_images().native, channels[:, 0])
    assert Tensors({"input": RNG.normal(size=(2, 64, 4, 5))}).as_images().native.shape == (2, 4, 5, 64)
    assert Tensors({"input": RNG.normal(size=(2, 3))}).as_images() is None
    assert Tensors({"a": channels, "b": channels}, "names").as_images() is None


def test_lines_follow_the_axes(of_images):
    pixels = make(of_images.values.sum(axis=1), Images(RNG.normal(size=(3, 4, 5))))
    lines = lines_of_pixels(pixels)
    at = np.flatnonzero((lines["row"] == 1) & (lines["y"] == 2) & (lines["x"] == 3) & (lines["target"] == "yes"))
    assert lines["value"][at] == pixels.values[1, 2, 3, 1]
    lines = lines_of_numbers(of_images)
    at = np.flatnonzero((lines["row"] == 1) & (lines["name"] == "input[1, 2, 3]") & (lines["target"] == "no"))
    assert lines["value"][at] == of_images.values[1, 1, 2, 3, 0]
