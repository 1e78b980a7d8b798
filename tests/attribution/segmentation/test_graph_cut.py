"""Cutting out the object that values lie on."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from pellucid.attribution.segmentation import object_masks
from pellucid.attribution.segmentation.cut import largest_piece, source_side
from pellucid.core.attribution import Attribution
from pellucid.core.errors import ArgumentTypeError, InputError, ParameterError
from pellucid.core.images import Images
from pellucid.core.receipt import Completeness, Receipt
from pellucid.core.tensors import Tensors


def attribution(values, parted, targets=("cat",)):
    receipt = Receipt(
        method="Hand",
        settings={},
        model="test.Model",
        model_fingerprint="f" * 64,
        target={"names": list(targets), "outputs": len(targets), "mix": np.eye(len(targets)).tolist()},
        unit="output",
        rows=len(values),
        data_fingerprint="d" * 64,
        completeness=Completeness("not promised"),
        versions={"python": "3"},
    )
    return Attribution(receipt, values, parted=parted)


@pytest.fixture
def planted():
    """Two noisy images of a red ellipse before green and blue patches, and saliency in spots of it."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:40, :44]
    masks = np.stack([((y - 20) / a) ** 2 + ((x - cx) / 9) ** 2 < 1 for a, cx in ((12, 16), (8, 28))])
    clutter = np.where(((y // 6 + x // 5) % 2 == 0)[..., None], [0.2, 0.6, 0.3], [0.2, 0.3, 0.7])
    images = np.where(masks[..., None], [0.8, 0.25, 0.2], clutter) + rng.normal(0, 0.06, (2, 40, 44, 3))
    saliency = masks * (rng.random((2, 40, 44)) < 0.3) * rng.random((2, 40, 44)) + 0.3 * rng.random((2, 40, 44))
    return images, masks, saliency


def overlap(found, masks):
    return (found & masks).sum(axis=(1, 2)) / (found | masks).sum(axis=(1, 2))


def test_the_object_is_found_where_saliency_shows_spots_of_it(planted):
    images, masks, saliency = planted
    found = object_masks(attribution(saliency[..., None], Images(images)))
    assert found.dtype == bool
    assert (overlap(found, masks) > 0.95).all()
    high = saliency > np.percentile(saliency, 95, axis=(1, 2), keepdims=True)
    assert (overlap(high, masks) < 0.4).all()


def test_the_cut_is_the_cheapest_of_all_cuts():
    rng = np.random.default_rng(1)
    for _ in range(10):
        odds, colours = rng.normal(0, 2, (3, 3)), rng.random((3, 3, 2))
        found = source_side(odds, colours, 1.5)
        assert (
            cost(found, odds, colours)
            <= min(cost(np.reshape(bits, (3, 3)), odds, colours) for bits in product([False, True], repeat=9)) + 1e-2
        )


def cost(mask, odds, colours):
    places = list(product(range(3), range(3)))
    pairs = [(p, q) for p in places for q in places if p < q and max(abs(p[0] - q[0]), abs(p[1] - q[1])) == 1]
    apart = {pair: ((colours[pair[0]] - colours[pair[1]]) ** 2).sum() for pair in pairs}
    spread = np.mean(list(apart.values()))
    total = sum(-odds[p] for p in places if mask[p])
    for (p, q), square in apart.items():
        if mask[p] != mask[q]:
            total += 1.5 * np.exp(-square / (2 * spread)) / np.hypot(p[0] - q[0], p[1] - q[1])
    return total


def test_of_several_pieces_the_largest_is_kept():
    mask = np.zeros((5, 6), dtype=bool)
    mask[0, 0] = mask[1, 1] = mask[2, 2] = mask[4, 4:] = True
    expected = np.zeros_like(mask)
    expected[[0, 1, 2], [0, 1, 2]] = True
    np.testing.assert_array_equal(largest_piece(mask), expected)
    np.testing.assert_array_equal(largest_piece(np.zeros_like(mask)), np.zeros_like(mask))


def test_values_of_channels_count_by_the_largest_and_values_of_regions_spread_over_them(planted):
    images, _, saliency = planted
    plain = object_masks(attribution(saliency[..., None], Images(images)))
    first = Tensors({"input": np.moveaxis(images, -1, 1)})
    of_channels = np.stack([0.1 * saliency, -saliency, 0 * saliency], axis=1)[..., None]
    np.testing.assert_array_equal(object_masks(attribution(of_channels, first)), plain)
    regions = np.arange(40 * 44).reshape(1, 40, 44).repeat(2, axis=0).astype(np.int32)
    by_region = attribution(saliency.reshape(2, -1, 1), Images(images, regions))
    np.testing.assert_array_equal(object_masks(by_region), plain)


def test_signs_can_count(planted):
    images, masks, saliency = planted
    signed = np.where(masks, saliency, -5 * saliency)
    found = object_masks(attribution(signed[..., None], Images(images)), absolute=False)
    assert (overlap(found, masks) > 0.95).all()


def test_an_image_does_not_depend_on_the_others_and_a_seed_gives_the_same_mask(planted):
    images, _, saliency = planted
    ex = attribution(saliency[..., None], Images(images))
    both = object_masks(ex, seed=3)
    np.testing.assert_array_equal(both, object_masks(ex, seed=3))
    np.testing.assert_array_equal(both[1:], object_masks(ex[1], seed=3))


def test_grey_images_and_images_of_one_colour(planted):
    images, masks, saliency = planted
    grey = attribution(saliency[..., None], Images((255 * images.mean(axis=3)).clip(0, 255).astype(np.uint8)))
    assert object_masks(grey).shape == masks.shape
    flat = attribution(saliency[:1, ..., None], Images(np.full((1, 40, 44), 7)))
    assert object_masks(flat).shape == (1, 40, 44)


def test_bad_input_is_refused(planted):
    images, _, saliency = planted
    ex = attribution(saliency[..., None], Images(images))
    with pytest.raises(ArgumentTypeError, match="takes an Attribution"):
        object_masks(saliency)
    with pytest.raises(InputError, match="values of image 1 are too much alike"):
        object_masks(replace(ex, values=ex.values * np.array([1, 0]).reshape(2, 1, 1, 1)))
    with pytest.raises(InputError, match="image 0 has a value that is not finite"):
        object_masks(replace(ex, values=ex.values * np.nan))
    with pytest.raises(ParameterError, match="a value for each pixel"):
        object_masks(replace(ex, values=ex.values[:, ::2]))
    with pytest.raises(ParameterError, match="background must be below foreground"):
        object_masks(ex, foreground=20.0)
    with pytest.raises(ParameterError, match="components must be"):
        object_masks(ex, components=0)
    two = attribution(np.repeat(saliency[..., None], 2, axis=-1), Images(images), ("cat", "dog"))
    with pytest.raises(ParameterError, match="choose a target of cat, dog"):
        object_masks(two)
    np.testing.assert_array_equal(object_masks(two, target="dog"), object_masks(ex))
