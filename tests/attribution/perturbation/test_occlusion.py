"""Occlusion: how far the prediction falls when a part is covered."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pellucid.attribution import Occlusion
from pellucid.core.errors import ModelFailedError, ParameterError
from pellucid.maskers import Grouped, Patches, Superpixels, Text


def table_model(frame):
    x = np.asarray(frame, dtype=float)
    return np.stack([x[:, 0] * x[:, 1] + x[:, 2], np.tanh(x[:, 0])], axis=1)


def image_model(images):
    x = np.asarray(images, dtype=float).reshape(len(images), -1)
    return np.stack([np.tanh(x @ np.linspace(-1, 1, x.shape[1]) / 50), x.max(axis=1)], axis=1)


def slowly(image, absent, window, stride):
    """The definition, pixel by pixel: (height, width, targets)."""
    height, width = image.shape[:2]
    falls, covered = np.zeros((height, width, 2)), np.zeros((height, width))
    for top in range(0, height, stride[0]):
        for left in range(0, width, stride[1]):
            if (top and top - stride[0] + window[0] >= height) or (left and left - stride[1] + window[1] >= width):
                continue
            changed = image.copy()
            for y in range(top, min(top + window[0], height)):
                for x in range(left, min(left + window[1], width)):
                    changed[y, x] = absent[y, x]
            fall = image_model(image[np.newaxis])[0] - image_model(changed[np.newaxis])[0]
            falls[top : top + window[0], left : left + window[1]] += fall
            covered[top : top + window[0], left : left + window[1]] += 1
    return falls / covered[..., np.newaxis]


@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 3)], ids=["grey", "colour"])
@pytest.mark.parametrize(("window", "stride"), [(3, None), (3, 1), ((4, 3), (2, 3)), (20, 20), (1, 1)], ids=str)
def test_a_pixel_has_the_mean_fall_over_the_windows_that_cover_it(rng, shape, window, stride):
    images = rng.normal(size=(2, *shape))
    other = rng.normal(size=shape)
    ex = Occlusion(image_model, Patches(3, absent=other), window=window, stride=stride).explain(images)
    assert ex.values.shape == (2, 9, 7, 2)
    assert ex.base is None
    pair = (window, window) if isinstance(window, int) else window
    steps = pair if stride is None else (stride, stride) if isinstance(stride, int) else stride
    for image, found in zip(images, ex.values, strict=True):
        np.testing.assert_allclose(found, slowly(image, other, pair, steps), atol=1e-12)


def test_of_a_sum_every_pixel_gets_what_its_window_adds(rng):
    weights = rng.normal(size=(8, 8))
    image = rng.random((1, 8, 8))
    ex = Occlusion(lambda x: (x * weights).sum(axis=(1, 2)), Patches(absent=0), window=1).explain(image)
    np.testing.assert_allclose(ex.values[0, ..., 0], weights * image[0], atol=1e-12)


@pytest.mark.parametrize("masker", [Patches(4, absent="blur"), Superpixels(6)], ids=["patches", "superpixels"])
def test_without_a_window_one_region_at_a_time_is_covered(rng, masker):
    image = np.cumsum(rng.random((1, 12, 12, 3)), axis=1)
    ex = Occlusion(image_model, masker).explain(image)
    read = masker.read(image, None)
    absent = masker.absent_images(read)[0]
    assert ex.values.shape == (1, len(read.parts(0)), 2)
    for region in range(ex.values.shape[1]):
        inside = (read.regions[0] == region)[..., np.newaxis]
        expected = image_model(image) - image_model(np.where(inside, absent, image[0])[np.newaxis])
        np.testing.assert_allclose(ex.values[0, region], expected[0], atol=1e-12)
    np.testing.assert_array_equal(ex.parted.regions, read.regions)


@pytest.mark.parametrize("given", [8, np.arange(1.0, 9.0)], ids=["alike", "weighted"])
def test_a_column_has_the_fall_of_the_mean_answer_over_the_background(rng, given):
    rows, background = rng.normal(size=(5, 3)), rng.normal(size=(8, 3))
    weights = np.ones(8) if isinstance(given, int) else given
    ex = Occlusion(table_model, background if isinstance(given, int) else (background, weights)).explain(rows)
    for i, row in enumerate(rows):
        for j in range(3):
            changed = np.where(np.arange(3) == j, background, row)
            without = np.average(table_model(changed), axis=0, weights=weights)
            np.testing.assert_allclose(ex.values[i, j], table_model(row[np.newaxis])[0] - without, atol=1e-12)


def test_columns_of_a_group_are_covered_together(rng):
    rows, background = rng.normal(size=(4, 3)), rng.normal(size=(8, 3))
    ex = Occlusion(table_model, Grouped(background, {"both": [0, 2]})).explain(rows)
    assert ex.feature_names == ("both", "x1")
    for i, row in enumerate(rows):
        changed = np.where([True, False, True], background, row)
        expected = table_model(row[np.newaxis])[0] - table_model(changed).mean(axis=0)
        np.testing.assert_allclose(ex.values[i, 0], expected, atol=1e-12)


@pytest.mark.parametrize(("window", "stride"), [(None, None), (2, None), (3, 2), (50, None)])
def test_a_word_has_the_mean_fall_over_the_spans_that_cover_it(window, stride):
    texts = ["not a good film at all", "bad", "a good long bad bad film"]

    def model(given):
        words = [text.split() for text in given]
        return [
            sum({"good": 2.0, "bad": -3.0}.get(word, 0.1) for word in some) * (1 + ("not" in some)) for some in words
        ]

    ex = Occlusion(model, Text(), window=window, stride=stride).explain(texts)
    size, step = window or 1, stride or 1
    for row, text in enumerate(texts):
        words = text.split()
        starts = [start for start in range(0, len(words), step) if start == 0 or start - step + size < len(words)]
        for j in range(len(words)):
            covering = [start for start in starts if start <= j < start + size]
            falls = [model([text])[0] - model([" ".join(words[:s] + words[s + size :])])[0] for s in covering]
            np.testing.assert_allclose(ex.values[row, j, 0], np.mean(falls), atol=1e-12)
        assert (ex.values[row, len(words) :] == 0).all()


def test_the_receipt_says_that_nothing_adds_up_what_it_cost_and_what_covered(rng):
    ex = Occlusion(image_model, Patches(4, absent=0), window=4, stride=2).explain(rng.random((3, 8, 8)))
    assert ex.receipt.completeness.kind == "not promised"
    assert "each part is covered by itself" in ex.receipt.completeness.reason
    assert ex.receipt.evaluations == 3 * (1 + 9)
    assert ex.receipt.background["absent"] == "patches of 4 × 4 pixels replaced by the value 0"


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_the_model_gets_images_of_their_own_type(rng, dtype):
    seen = set()

    def model(images):
        seen.add((images.dtype.name, images.shape[1:]))
        return images.reshape(len(images), -1).sum(axis=1)

    images = rng.integers(0, 9, (2, 6, 6, 3)).astype(dtype)
    for settings in ({}, {"window": 2}):
        Occlusion(model, Patches(2), **settings).explain(images)
    assert seen == {(dtype, (6, 6, 3))}


@pytest.mark.parametrize("masker", [Patches(2, absent=0), Text()], ids=["image", "text"])
def test_a_row_has_the_same_bits_alone_and_for_any_batch_size(rng, masker):
    if isinstance(masker, Text):
        rows, model = ["a b c d e", "f g"], lambda given: [len(text) ** 1.5 for text in given]
    else:
        rows, model = rng.random((2, 6, 6)), lambda given: np.exp(given[:, 1, 2] + given[:, 3, 3])
    for window in (None, 2):
        whole = Occlusion(model, masker, window=window).explain(rows).values
        for size in (1, 3):
            method = Occlusion(model, masker, window=window, batch_size=size)
            np.testing.assert_array_equal(method.explain(rows).values, whole)
        alone = Occlusion(model, masker, window=window).explain(rows[1:]).values
        np.testing.assert_array_equal(alone[0], whole[1, : alone.shape[1]])


def test_an_image_of_one_colour_and_a_constant_model_have_no_falls():
    image = np.full((1, 8, 8, 3), 7, dtype=np.uint8)
    assert (Occlusion(lambda x: x.sum(axis=(1, 2, 3)), Superpixels(4)).explain(image).values == 0).all()
    assert (Occlusion(lambda x: np.ones(len(x)), Patches(absent=0), window=3).explain(image).values == 0).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": 0}, "window must be None or a whole number"),
        ({"window": 2, "stride": 3}, "stride must be at most the window"),
        ({"window": (4, 2), "stride": (4, 3)}, "stride must be at most the window"),
        ({"stride": 1}, "stride=1 needs a window"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings, message):
    with pytest.raises(ParameterError, match=message):
        Occlusion(image_model, Patches(2), **settings)


def test_a_window_that_does_not_suit_the_rows_is_refused(rng):
    with pytest.raises(ParameterError, match="columns of a table have no order"):
        Occlusion(table_model, rng.normal(size=(4, 3)), window=2).explain(pd.DataFrame(rng.normal(size=(2, 3))))
    with pytest.raises(ParameterError, match="window must be one whole number of parts"):
        Occlusion(lambda texts: [len(text) for text in texts], Text(), window=(1, 2)).explain(["a b c"])


def test_a_model_that_fails_in_a_later_batch_says_so(rng):
    calls = []

    def model(images):
        calls.append(len(images))
        if len(calls) == 5:
            raise RuntimeError("out of memory")
        return images.sum(axis=(1, 2))

    with pytest.raises(ModelFailedError, match="RuntimeError while predicting 3 rows: out of memory"):
        Occlusion(model, Patches(1, absent=0), batch_size=3, window=2).explain(rng.random((1, 8, 8)))
