"""Methods that cover parts of images, of networks that take images with channels first."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from pellucid.attribution import LIME, RISE, ExactSHAP, KernelSHAP, Occlusion
from pellucid.core.errors import InputError
from pellucid.core.images import Images
from pellucid.maskers import Patches, Superpixels


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(5 * 3 * 4, 3)).eval()


@pytest.fixture(scope="module")
def images():
    return torch.randn(2, 3, 8, 10, generator=torch.Generator().manual_seed(1))


def say(net, images):
    with torch.no_grad():
        return net(images).double().numpy()


def last(net):
    """The same as a function of images with channels last."""
    return lambda rows: say(net, torch.from_numpy(np.moveaxis(rows, -1, 1).copy()))


def test_occlusion_is_the_loop_over_windows_of_a_tensor(net, images):
    ex = Occlusion(net, Patches(absent=0.25), window=4).explain(images)
    assert ex.values.shape == (2, 8, 10, 3)
    for top in (0, 4):
        for left in (0, 4, 8):
            covered = images.clone()
            covered[:, :, top : top + 4, left : left + 4] = 0.25
            falls = say(net, images) - say(net, covered)
            np.testing.assert_allclose(ex.values[:, top, left], falls, atol=1e-5)
    assert isinstance(ex.parted, Images)
    np.testing.assert_array_equal(ex.parted.native, np.moveaxis(images.numpy(), 1, -1))


def test_patches_of_a_network_are_covered_one_by_one(net, images):
    ex = Occlusion(net, Patches((4, 5), absent=0)).explain(images.numpy())
    assert ex.values.shape == (2, 4, 3)
    covered = images.clone()
    covered[:, :, 4:, 5:] = 0
    np.testing.assert_allclose(ex.values[:, 3], say(net, images) - say(net, covered), atol=1e-5)


def test_shapley_values_of_patches_are_those_of_all_coalitions(net, images):
    ex = KernelSHAP(net, Patches((4, 5), absent=0)).explain(images)
    exact = ExactSHAP(net, Patches((4, 5), absent=0)).explain(images)
    np.testing.assert_allclose(ex.values, exact.values, atol=1e-5)
    np.testing.assert_allclose(ex.base, say(net, torch.zeros_like(images)), atol=1e-5)
    np.testing.assert_allclose(ex.predictions, say(net, images), atol=1e-5)
    one = torch.zeros(3)
    for order in ((0, 1, 2, 3), (3, 1, 0, 2)):
        canvas = torch.zeros_like(images[:1])
        before = say(net, canvas)
        for patch in order:
            down, across = 4 * (patch // 2), 5 * (patch % 2)
            canvas[..., down : down + 4, across : across + 5] = images[:1, :, down : down + 4, across : across + 5]
        one = say(net, canvas) - before
    np.testing.assert_allclose(exact.values[0].sum(axis=0), one[0], atol=1e-5)


def test_rise_asks_the_network_about_masked_images(net, images):
    ex = RISE(net, Patches(absent=0), masks=64, cells=3, batch_size=10).explain(images)
    function = RISE(last(net), Patches(absent=0), masks=64, cells=3).explain(np.moveaxis(images.numpy(), 1, -1))
    assert ex.values.shape == (2, 8, 10, 3)
    np.testing.assert_allclose(ex.values, function.values, atol=1e-5)


def test_lime_of_superpixels(net, images):
    masker = Superpixels(absent=0, segment=lambda image: np.arange(80).reshape(8, 10) // 16)
    ex = LIME(net, masker, samples=200).explain(images, target=1)
    assert ex.values.shape == (2, 5, 1)
    function = LIME(last(net), masker, samples=200).explain(np.moveaxis(images.numpy(), 1, -1), target=1)
    np.testing.assert_allclose(ex.values, function.values, atol=1e-5)


def test_grey_images_keep_their_one_channel_for_the_network(images):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 6 * 8, 2)).eval()
    grey = images[:, :1]
    by_tensor = Occlusion(net, Patches((4, 5), absent=0)).explain(grey)
    by_images = Occlusion(net, Patches((4, 5), absent=0)).explain(Images(grey.numpy()[:, 0]))
    np.testing.assert_array_equal(by_tensor.values, by_images.values)
    assert by_tensor.parted.native.shape == (2, 8, 10)


def test_rows_that_are_no_images_are_refused_by_a_masker_of_images():
    with pytest.raises(InputError, match=r"rows must be images \(rows, channels, height, width\)"):
        Occlusion(nn.Linear(4, 2), Patches()).explain(np.zeros((3, 4), dtype=np.float32))
    steps = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
    with pytest.raises(InputError, match="got arrays"):
        Occlusion(steps, Patches()).explain(np.zeros((3, 4, 3), dtype=np.float32))
