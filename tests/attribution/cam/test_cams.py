"""Each map against its paper's formula, written slowly with autograd and loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from pellucid.attribution.cam.ablation_cam import AblationCAM
from pellucid.attribution.cam.cam import CAM
from pellucid.attribution.cam.grad_cam import GradCAM
from pellucid.attribution.cam.grad_cam_plus_plus import GradCAMPlusPlus
from pellucid.attribution.cam.layer_cam import LayerCAM
from pellucid.attribution.cam.score_cam import ScoreCAM
from pellucid.core.errors import InputError, ParameterError, UnsupportedModelError
from pellucid.core.images import Images
from pellucid.models import as_model

METHODS = (CAM, GradCAM, GradCAMPlusPlus, LayerCAM, ScoreCAM, AblationCAM)


class Bent(nn.Module):
    """A convolution, then everything flattened into two layers, so that slopes differ from place to place."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.first = nn.Linear(6 * 4 * 5, 16)
        self.last = nn.Linear(16, 4)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv(x)))
        return self.last(torch.tanh(self.first(x.flatten(1))))


@pytest.fixture
def bent():
    torch.manual_seed(0)
    return Bent().double()


@pytest.fixture
def pooled():
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(3, 7, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(7, 4),
    ).double()


@pytest.fixture
def images():
    return torch.randn(5, 3, 8, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


def through(net, images, target):
    """Activations of Bent's pooled layer and their slopes, by autograd."""
    maps = net.pool(torch.relu(net.conv(images))).detach().requires_grad_()
    out = net.last(torch.tanh(net.first(maps.flatten(1))))
    (slopes,) = torch.autograd.grad(out[:, target].sum(), maps)
    return maps.detach().numpy(), slopes.numpy(), out.detach().numpy()


def test_grad_cam_is_the_mean_slope_times_the_channel(bent, images):
    found = GradCAM(bent, "pool", upsample=False).explain(images, target=2).values
    A, g, _ = through(bent, images, 2)
    for row in range(5):
        expected = sum(g[row, k].mean() * A[row, k] for k in range(6))
        np.testing.assert_allclose(found[row, ..., 0], expected, rtol=1e-10)


def test_grad_cam_plus_plus_is_the_papers_formula(bent, images):
    found = GradCAMPlusPlus(bent, "pool", upsample=False).explain(images, target=1).values
    A, g, _ = through(bent, images, 1)
    for row in range(5):
        expected = np.zeros((4, 5))
        for k in range(6):
            weight = 0.0
            for place in np.ndindex(4, 5):
                slope = g[row, k][place]
                below = 2 * slope**2 + A[row, k].sum() * slope**3
                weight += (slope**2 / below if below else 0.0) * max(slope, 0.0)
            expected += weight * A[row, k]
        np.testing.assert_allclose(found[row, ..., 0], expected, rtol=1e-8)


def test_layer_cam_weighs_each_place_by_its_own_positive_slope(bent, images):
    found = LayerCAM(bent, "pool", upsample=False).explain(images, target=0).values
    A, g, _ = through(bent, images, 0)
    np.testing.assert_allclose(found[..., 0], (np.maximum(g, 0) * A).sum(axis=1), rtol=1e-10)


def test_ablation_cam_takes_one_channel_away_at_a_time(bent, images):
    ex = AblationCAM(bent, "pool", upsample=False, batch_size=4).explain(images, target=3)
    A, _, out = through(bent, images, 3)
    active = 0
    for row in range(5):
        expected = np.zeros((4, 5))
        for k in range(6):
            active += bool(A[row, k].any())
            without = A[row].copy()
            without[k] = 0
            with torch.no_grad():
                left = bent.last(torch.tanh(bent.first(torch.from_numpy(without).flatten()[None])))[0, 3]
            expected += (out[row, 3] - float(left)) * A[row, k]
        np.testing.assert_allclose(ex.values[row, ..., 0], expected, atol=1e-12)
    assert ex.receipt.evaluations == 5 + active


def scores_by_loop(net, images, target, baseline):
    """(rows, channels) rises, image by image and channel by channel."""
    A, _, _ = through(net, images, target)
    rises = np.zeros(A.shape[:2])
    with torch.no_grad():
        before = float(net(baseline[None])[0, target])
        for row, image in enumerate(images):
            for k in range(A.shape[1]):
                up = torch.from_numpy(A[row, k])[None, None]
                up = nn.functional.interpolate(up, image.shape[1:], mode="bilinear", align_corners=False)[0, 0]
                if up.max() == up.min():
                    continue
                mask = (up - up.min()) / (up.max() - up.min())
                rises[row, k] = float(net((baseline + mask * (image - baseline))[None])[0, target]) - before
    return A, rises


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_score_cam_is_the_papers_loop(bent, images, level):
    found = ScoreCAM(bent, "pool", baseline=level, upsample=False, batch_size=7).explain(images, target=2)
    A, rises = scores_by_loop(bent, images, 2, torch.full((3, 8, 10), level, dtype=torch.float64))
    shares = np.exp(rises) / np.exp(rises).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.values[..., 0], np.einsum("rk,rkij->rij", shares, A), rtol=1e-8)
    plain = ScoreCAM(bent, "pool", baseline=level, softmax=False, upsample=False).explain(images, target=2)
    np.testing.assert_allclose(plain.values[..., 0], np.einsum("rk,rkij->rij", rises, A), atol=1e-10)
    assert found.unit == "activation"
    assert plain.unit == "output × activation"


def test_a_channel_that_shows_nothing_is_not_asked_about(pooled, images):
    with torch.no_grad():
        pooled[0].weight[3:] = 0
        pooled[0].bias[3:] = -1
    for method in (ScoreCAM, AblationCAM):
        assert method(pooled).explain(images, target=0).receipt.evaluations == 5 + 5 * 3


def test_cam_is_the_heads_weights_times_the_channels_and_grad_cam_but_for_a_factor(pooled, images):
    found = CAM(pooled, upsample=False).explain(images, target=[0, 3])
    A = pooled[:2](images).detach().numpy()
    weights = pooled[4].weight.detach().numpy()[[0, 3]]
    np.testing.assert_allclose(found.values, np.einsum("tk,rkij->rijt", weights, A), atol=1e-12)
    named = CAM(pooled, head="4", upsample=False).explain(images, target=[0, 3])
    np.testing.assert_allclose(named.values, found.values, atol=1e-12)
    graded = GradCAM(pooled, upsample=False).explain(images, target=[0, 3])
    np.testing.assert_allclose(graded.values * 80, found.values, atol=1e-12)
    logits = pooled(images).detach().numpy()[:, [0, 3]] - pooled[4].bias.detach().numpy()[[0, 3]]
    np.testing.assert_allclose(found.values.mean(axis=(1, 2)), logits, atol=1e-12)


def test_cam_refuses_what_is_no_average_and_linear_head_and_takes_a_named_one(bent, pooled, images):
    with pytest.raises(UnsupportedModelError, match="slopes differ from place to place; use GradCAM"):
        CAM(bent, "pool").explain(images)
    soft = nn.Sequential(*pooled, nn.Softmax(dim=1))
    with pytest.raises(UnsupportedModelError, match=r"not linear in its channels.*head="):
        CAM(soft).explain(images)
    chosen = np.array([0, 1, 2, 3, 0])
    found = CAM(soft, head="4").explain(images, target=chosen)
    np.testing.assert_allclose(found.values, CAM(pooled).explain(images, target=chosen).values, atol=1e-12)
    with pytest.raises(ParameterError, match=r"no linear module 'pool'.*there are 4"):
        CAM(pooled, head="pool").explain(images)
    with pytest.raises(ParameterError, match="its target no function"):
        CAM(pooled, head="4").explain(images, target=lambda out: out[:, 0])


@pytest.mark.parametrize("method", METHODS)
def test_a_rows_values_do_not_depend_on_the_others_or_on_the_batch(method, pooled, images):
    all_rows = method(pooled).explain(images)
    alone = np.concatenate([method(pooled).explain(images[k : k + 1]).values for k in range(5)])
    np.testing.assert_allclose(all_rows.values, alone, rtol=1e-9, atol=1e-12)
    small = method(pooled, batch_size=2).explain(images)
    np.testing.assert_allclose(all_rows.values, small.values, rtol=1e-9, atol=1e-12)
    assert all_rows.receipt.notes == small.receipt.notes


@pytest.mark.parametrize("method", METHODS)
def test_the_receipt_says_which_layer_what_it_cost_and_why_nothing_is_promised(method, pooled, images):
    ex = method(pooled).explain(images)
    assert ex.values.shape == (5, 8, 10, 1)
    assert ex.receipt.completeness.kind == "not promised"
    assert ex.receipt.completeness.reason
    assert ex.receipt.notes[0].startswith("at layer 1 (ReLU): the last with maps of 8 × 10 that all the outputs")
    assert ex.receipt.evaluations >= 5
    assert isinstance(ex.parted, Images)
    np.testing.assert_array_equal(ex.parted.native, np.moveaxis(images.numpy(), 1, -1))


@pytest.mark.parametrize("method", METHODS)
def test_no_batch_is_larger_than_asked_for(method, pooled, images):
    seen = []

    class Watched(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = pooled

        def forward(self, x):
            seen.append(len(x))
            return self.inner(x)

    method(Watched(), batch_size=3).explain(images, target=0)
    assert max(seen) == 3


def test_relu_leaves_out_what_speaks_against_the_target_before_enlarging(bent, images):
    plain = GradCAM(bent, "pool", upsample=False).explain(images, target=1).values
    kept = GradCAM(bent, "pool", relu=True, upsample=False).explain(images, target=1).values
    assert plain.min() < 0
    np.testing.assert_array_equal(kept, np.maximum(plain, 0))
    large = GradCAM(bent, "pool", relu=True).explain(images, target=1).values
    expected = nn.functional.interpolate(torch.tensor(np.moveaxis(kept, -1, 1)), (8, 10), mode="bilinear")
    np.testing.assert_allclose(large[..., 0], expected[:, 0].numpy(), atol=1e-12)


def test_grad_cam_agrees_with_captum(bent, images):
    from captum.attr import LayerGradCam

    theirs = LayerGradCam(bent, bent.pool).attribute(images, target=1).detach().numpy()[:, 0]
    ours = GradCAM(bent, "pool", upsample=False).explain(images, target=1).values[..., 0]
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_images_with_channels_last_and_grey_ones_are_understood(pooled, images):
    last = Images(np.moveaxis(images.numpy(), 1, -1))
    for method in METHODS:
        np.testing.assert_allclose(method(pooled).explain(last).values, method(pooled).explain(images).values)
    grey = nn.Sequential(nn.Unflatten(1, (1, 8)), pooled[0].__class__(1, 4, 3).double(), *pooled[2:4], nn.Linear(4, 2))
    for method in METHODS:
        assert method(grey.double()).explain(images[:, 0].numpy()).values.shape == (5, 8, 10, 1)


def test_whole_numbers_can_be_images(images):
    class Bytes(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, x):
            return self.inner(x.float() / 255)

    torch.manual_seed(0)
    net = Bytes(nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 3)))
    pixels = (images.abs() * 80).clamp(0, 255).to(torch.uint8)
    for method in METHODS:
        assert np.isfinite(method(net).explain(pixels).values).all()


def test_the_network_is_left_as_it_was(pooled, images):
    pooled.train()
    before = {name: tensor.clone() for name, tensor in pooled.state_dict().items()}
    for method in METHODS:
        with torch.no_grad():
            method(pooled).explain(images)
    assert pooled.training
    assert all(parameter.grad is None for parameter in pooled.parameters())
    assert not any(module._forward_hooks for module in pooled.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in pooled.state_dict().items())


def test_bad_rows_layers_and_baselines_are_refused(bent, pooled, images):
    with pytest.raises(InputError, match="rows must be images"):
        GradCAM(nn.Linear(3, 2)).explain(np.zeros((4, 3)))
    with pytest.raises(InputError, match="rows must be images"):
        GradCAM(as_model(pooled, output_names=["a", "b", "c", "d"])).explain((images, images), target=0)
    with pytest.raises(ParameterError, match="layer: last gives shape"):
        GradCAM(bent, "last").explain(images)
    with pytest.raises(ParameterError, match="no module 'nowhere'"):
        GradCAM(bent, "nowhere").explain(images)
    with pytest.raises(ParameterError, match="baseline must be None, a finite number or an image of shape"):
        ScoreCAM(bent, "pool", baseline=np.zeros((8, 10))).explain(images)
    with pytest.raises(ParameterError, match="upsample must be True or False"):
        GradCAM(bent, upsample="yes")
    with pytest.raises(ParameterError, match="batch_size"):
        ScoreCAM(bent, batch_size=0)
    with pytest.raises(UnsupportedModelError, match="has no gradients that can be read"):
        GradCAM(lambda rows: rows.mean(axis=(1, 2, 3))).explain(images.numpy())


def test_results_are_drawn_saved_and_made_a_frame(tmp_path, pooled, images):
    import pellucid

    ex = GradCAM(pooled).explain(images[:2])
    assert ex.default_plot() == "image"
    assert len(ex.plot().images) == 4
    assert len(GradCAM(pooled, upsample=False).explain(images[:1]).plot().images) == 2
    frame = ex.to_frame("pandas")
    assert list(frame.columns) == ["row", "y", "x", "target", "value"]
    assert len(frame) == 2 * 80
    ex.save(tmp_path / "map.npz")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "map.npz").values, ex.values)
    assert "at layer 1" in ex._repr_html_()
    with pytest.raises(ParameterError, match="plot"):
        ex.describe()
    assert replace(ex).receipt.unit == "output"
