"""RISE: the mean answer when a pixel is seen."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.attribution import RISE
from pellucid.attribution.perturbation import picture
from pellucid.attribution.perturbation.random_masks import RandomMasks
from pellucid.core.errors import InputError, ParameterError
from pellucid.maskers import Patches, Text


def model(images):
    x = np.asarray(images, dtype=float).reshape(len(images), -1)
    return np.stack([np.tanh(x[:, ::3].sum(axis=1) / 9), x.mean(axis=1) ** 2], axis=1)


def enlarged(grid, size):
    """Bilinear interpolation between centres of cells, pixel by pixel."""
    (h, w), (high, wide) = grid.shape, size
    out = np.zeros(((h + 1) * high, (w + 1) * wide))
    for y, x in np.ndindex(out.shape):
        v = min(max((y + 0.5) * h / out.shape[0] - 0.5, 0), h - 1)
        u = min(max((x + 0.5) * w / out.shape[1] - 0.5, 0), w - 1)
        top, left = min(int(v), max(h - 2, 0)), min(int(u), max(w - 2, 0))
        for i, down in ((top, 1 - (v - top)), (min(top + 1, h - 1), v - top)):
            for j, across in ((left, 1 - (u - left)), (min(left + 1, w - 1), u - left)):
                out[y, x] += down * across * grid[i, j]
    return out


@pytest.mark.parametrize(("shape", "cells"), [((9, 14), (3, 4)), ((8, 8), (7, 7)), ((6, 5), (1, 5)), ((5, 5), (5, 1))])
def test_masks_are_enlarged_grids_cut_out_at_random_places(shape, cells):
    masks = RandomMasks(shape, cells, 0.4, 12, seed=3)
    size = [-(-pixels // many) for pixels, many in zip(shape, cells, strict=True)]
    assert masks.places.min() >= 0
    assert (masks.places < size).all()
    for mask, grid, (top, left) in zip(masks.some(np.arange(12)), masks.grids, masks.places, strict=True):
        expected = enlarged(grid.astype(float), size)[top : top + shape[0], left : left + shape[1]]
        np.testing.assert_allclose(mask, expected, atol=1e-12)


def test_every_pixel_is_seen_with_probability_p_and_places_are_uniform():
    masks = RandomMasks((20, 30), (4, 5), 0.3, 20_000, seed=0)
    seen = np.mean([masks.some(np.arange(start, start + 500)).mean(axis=0) for start in range(0, 20_000, 500)], axis=0)
    np.testing.assert_allclose(seen, 0.3, atol=0.015)
    np.testing.assert_allclose(np.bincount(masks.places[:, 0]) / 20_000, 1 / 5, atol=0.015)
    np.testing.assert_allclose(np.bincount(masks.places[:, 1]) / 20_000, 1 / 6, atol=0.015)


@pytest.mark.parametrize("shape", [(9, 14), (9, 14, 3)], ids=["grey", "colour"])
def test_values_and_standard_errors_are_those_of_the_definition(rng, shape):
    images, other = rng.random((2, *shape)), rng.random(shape)
    ex = RISE(model, Patches(3, absent=other), masks=40, cells=(3, 4), p=0.3, seed=5).explain(images)
    assert ex.values.shape == ex.stderr.shape == (2, 9, 14, 2)
    assert ex.base is None
    masks = RandomMasks((9, 14), (3, 4), 0.3, 40, seed=5).some(np.arange(40))
    for image, values, errors in zip(images, ex.values, ex.stderr, strict=True):
        terms = []
        for mask in masks:
            m = mask if len(shape) == 2 else mask[..., np.newaxis]
            answer = model((m * image + (1 - m) * other)[np.newaxis])[0]
            terms.append(mask[..., np.newaxis] * answer / 0.3)
        np.testing.assert_allclose(values, np.mean(terms, axis=0), atol=1e-12)
        np.testing.assert_allclose(errors, np.std(terms, axis=0, ddof=1) / np.sqrt(40), atol=1e-12)


def test_of_a_pixel_that_is_read_alone_the_value_is_the_closed_form():
    """One cell a pixel and no shift: f = M(1,1) gives E[f · M] / p = 1 at that pixel and p at all others."""
    image = np.zeros((1, 4, 4))
    image[0, 1, 1] = 1.0
    ex = RISE(lambda x: x[:, 1, 1], Patches(absent=0), masks=4_000, cells=4, p=0.5, seed=1).explain(image)
    far = ex.values[0, 3, 3, 0]
    assert abs(far - 0.5) < 4 * ex.stderr[0, 3, 3, 0]
    assert np.unravel_index(ex.values[0, ..., 0].argmax(), (4, 4)) == (1, 1)


def test_standard_errors_are_as_large_as_the_spread_over_seeds(rng):
    image = rng.random((1, 8, 8))
    runs = [RISE(model, Patches(absent=0), masks=60, cells=3, seed=seed).explain(image) for seed in range(60)]
    spread = np.std([ex.values[0, ..., 0] for ex in runs], axis=0, ddof=1)
    told = np.mean([ex.stderr[0, ..., 0] for ex in runs], axis=0)
    np.testing.assert_allclose(np.median(told / spread), 1.0, atol=0.12)


def test_the_object_that_the_model_looks_for_is_found():
    image = np.zeros((1, 32, 32, 3), dtype=np.uint8)
    image[0, 6:14, 18:26] = (250, 30, 20)
    ex = RISE(lambda x: (x[..., 0] > 120).mean(axis=(1, 2)), Patches(absent=0), masks=1_000, cells=6, seed=2).explain(
        image
    )
    y, x = np.unravel_index(ex.values[0, ..., 0].argmax(), (32, 32))
    assert 6 <= y < 14
    assert 18 <= x < 26


def test_same_seed_same_bits_for_any_batch_size_and_alone(rng, monkeypatch):
    images = rng.random((2, 10, 10)).astype(np.float32)

    def product(x):
        return np.exp(x[:, 2, 3].astype(float)) + x[:, 5, 5]

    def explain(rows, **settings):
        return RISE(product, Patches(absent=0), masks=50, cells=4, **settings).explain(rows)

    whole = explain(images)
    for size in (1, 7):
        np.testing.assert_array_equal(explain(images, batch_size=size).values, whole.values)
    np.testing.assert_array_equal(explain(images[1:]).values, whole.values[1:])
    np.testing.assert_array_equal(explain(images[1:]).stderr, whole.stderr[1:])
    assert (explain(images, seed=1).values != whole.values).any()


def test_masks_are_made_in_blocks_of_bounded_memory(rng, monkeypatch):
    asked = []

    def count(images):
        asked.append(len(images))
        return images.mean(axis=(1, 2))

    whole = RISE(count, Patches(absent=0), masks=30, cells=4).explain(rng.random((1, 10, 10)))
    assert max(asked) == 30
    monkeypatch.setattr(picture, "BATCH_BYTES", 4 * 800)
    asked.clear()
    bounded = RISE(count, Patches(absent=0), masks=30, cells=4).explain(rng.random((1, 10, 10)))
    assert max(asked) == 4
    assert bounded.receipt.evaluations == whole.receipt.evaluations == 30


@pytest.mark.parametrize("dtype", ["uint8", "float32", "bool"])
def test_the_model_gets_images_of_their_own_type(rng, dtype):
    seen = set()

    def kind(images):
        seen.add(images.dtype.name)
        return images.mean(axis=(1, 2))

    RISE(kind, Patches(absent=0), masks=5, cells=3).explain(rng.integers(0, 2, (1, 6, 6)).astype(dtype))
    assert seen == {dtype}


def test_a_constant_model_has_its_constant_everywhere_up_to_the_masks():
    ex = RISE(lambda x: np.full(len(x), 2.0), Patches(absent=0), masks=2_000, cells=4).explain(np.zeros((1, 8, 8)))
    assert (np.abs(ex.values - 2.0) < 5 * ex.stderr).all()


@pytest.mark.parametrize(
    "settings", [{"masks": 1}, {"p": 0}, {"p": 1}, {"cells": 0}, {"cells": (3, 3, 3)}, {"seed": -1}, {"batch_size": 0}]
)
def test_a_setting_that_cannot_be_is_refused(settings):
    with pytest.raises(ParameterError, match=f"RISE: {next(iter(settings))} must be"):
        RISE(model, Patches(absent=0), **settings)


def test_rows_and_maskers_that_are_not_of_images_are_refused(rng):
    with pytest.raises(ParameterError, match="pixels can be covered with a masker of images, got Text"):
        RISE(model, Text())
    with pytest.raises(ParameterError, match="got Background"):
        RISE(model, rng.normal(size=(5, 3)))
    with pytest.raises(InputError, match="must be an array of images"):
        RISE(model, Patches(absent=0)).explain(rng.normal(size=(5, 3)))
    with pytest.raises(
        ParameterError, match="cells must be at most as many as there are pixels along each side, 4 × 9"
    ):
        RISE(model, Patches(absent=0), cells=5).explain(rng.random((1, 4, 9)))
