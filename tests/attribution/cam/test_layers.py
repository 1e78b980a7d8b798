"""Which layer is chosen, and how tokens lie on the image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from pellucid.attribution.cam.ablation_cam import AblationCAM
from pellucid.attribution.cam.grad_cam import GradCAM
from pellucid.attribution.cam.grids import Grid, grid_of
from pellucid.attribution.cam.layer_cam import LayerCAM
from pellucid.attribution.cam.layers import choose
from pellucid.attribution.cam.score_cam import ScoreCAM
from pellucid.core.errors import ParameterError, UnsupportedModelError
from pellucid.core.network import Layer
from pellucid.core.target import resolve_target
from pellucid.models import as_model
from pellucid.models.torch.trace import Site


class Residual(nn.Module):
    """Two blocks with a way around them and one activation module used three times."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, padding=1)
        self.first, self.second = (nn.Conv2d(6, 6, 3, padding=1) for _ in range(2))
        self.relu = nn.ReLU()
        self.ahead = nn.Identity()
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        x = self.relu(self.stem(x))
        x = self.relu(x + self.first(x))
        x = self.ahead(x)
        x = self.relu(x + self.second(x))
        return self.head(x.mean(dim=(2, 3)))


class Tokens(nn.Module):
    """A small vision transformer whose head reads the class token."""

    def __init__(self, patch=(4, 4), extra=1, size=(16, 16)):
        super().__init__()
        self.cut = nn.Conv2d(3, 8, patch, stride=patch)
        places = (size[0] // patch[0]) * (size[1] // patch[1])
        self.first = nn.Parameter(torch.randn(1, extra, 8))
        self.places = nn.Parameter(torch.randn(1, places + extra, 8))
        self.blocks = nn.ModuleList(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True) for _ in range(2))
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        tokens = self.cut(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.first.expand(len(x), -1, -1), tokens], dim=1) + self.places
        for block in self.blocks:
            tokens = block(tokens)
        return self.head(self.norm(tokens)[:, 0])


def chosen(net, images, layer=None, grid=None):
    model = as_model(net, rows=images)
    return choose(model.inside, model.inputs(images), layer, grid)


@pytest.fixture
def images():
    return torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_a_layer_that_the_outputs_reach_by_another_way_too_is_passed_over(images):
    found = chosen(Residual(), images)
    assert found.tap == "ahead"
    assert "that all the outputs depend on passes through" in found.note


def test_where_every_layer_can_be_gone_around_the_last_is_taken_and_the_note_says_so(images):
    net = Residual()
    net.ahead = None
    net.forward = lambda x: net.head((x.repeat(1, 2, 1, 1) + net.second(net.relu(net.stem(x)))).mean(dim=(2, 3)))
    found = chosen(net, images)
    assert found.tap == "second"
    assert "other layers go around it" in found.note


def test_a_layer_of_a_single_place_is_no_map(images):
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 5, 1), nn.ReLU(), nn.Flatten(), nn.Linear(5, 2)
    )
    assert chosen(net, images).tap == "0"


def test_a_network_without_maps_is_refused_with_what_there_is(images):
    net = nn.Sequential(nn.Flatten(), nn.Linear(768, 4), nn.ReLU(), nn.Linear(4, 2))
    with pytest.raises(UnsupportedModelError, match=r"name one with layer=, the last are 0 \(768,\), 1 \(4,\)"):
        GradCAM(net).explain(images)


def test_the_choice_does_not_depend_on_the_images(images):
    net = Residual()
    assert chosen(net, images).tap == chosen(net, torch.zeros_like(images)).tap == chosen(net, images[:1]).tap


def test_the_layer_of_tokens_is_the_last_before_only_the_class_token_counts(images):
    found = chosen(Tokens(), images)
    assert found.tap == "blocks.0"
    assert found.grid == Grid(4, 4, tokens=True, before=1)
    assert "tokens on a grid of 4 × 4, without the first 1" in found.note


def test_tokens_are_laid_as_the_patches_were_cut():
    net = Tokens(patch=(4, 2), extra=3, size=(16, 24))
    images = torch.randn(2, 3, 16, 24)
    assert chosen(net, images).grid == Grid(4, 12, tokens=True, before=3)
    assert GradCAM(net).explain(images).values.shape == (2, 16, 24, 1)


@pytest.mark.parametrize("method", [GradCAM, LayerCAM, AblationCAM, ScoreCAM])
def test_a_map_of_tokens_has_the_size_of_the_image(method, images):
    net = Tokens()
    found = method(net).explain(images).values
    assert found.shape == (3, 16, 16, 1)
    np.testing.assert_allclose(method(net, batch_size=1).explain(images).values, found, atol=1e-5)


def test_grad_cam_of_tokens_is_the_mean_slope_of_the_patches_alone(images):
    net = Tokens().eval()
    ex = GradCAM(net, "blocks.0", upsample=False).explain(images, target=1)
    kept = {}

    def keep(_module, _inputs, out):
        out.retain_grad()
        kept["out"] = out

    handle = net.blocks[0].register_forward_hook(keep)
    net(images)[:, 1].sum().backward()
    handle.remove()
    A, g = kept["out"].detach().numpy()[:, 1:], kept["out"].grad.numpy()[:, 1:]
    expected = np.einsum("rtk,rk->rt", A, g.mean(axis=1)).reshape(3, 4, 4)
    np.testing.assert_allclose(ex.values[..., 0], expected, rtol=1e-4, atol=1e-6)


def test_ablation_of_tokens_leaves_the_class_token_alone():
    values = np.arange(2 * 5 * 3, dtype=float).reshape(2, 5, 3) + 1
    changed = Grid(2, 2, tokens=True, before=1).without(values, np.array([0, 2]))
    expected = values.copy()
    expected[0, 1:, 0] = 0
    expected[1, 1:, 2] = 0
    np.testing.assert_array_equal(changed, expected)


def test_a_grid_and_a_site_can_be_named(images):
    net = Tokens()
    found = chosen(net, images, layer="blocks.0", grid=(2, 8))
    assert (found.grid.height, found.grid.width, found.grid.before) == (2, 8, 1)
    assert "as asked" in found.note
    site = Site("blocks.1", point="in")
    np.testing.assert_allclose(
        GradCAM(net, site).explain(images).values, GradCAM(net, "blocks.0").explain(images).values, atol=1e-6
    )
    with pytest.raises(ParameterError, match=r"head gives shape \(3,\) for an image.*pass grid="):
        chosen(net, images, layer="head")
    with pytest.raises(ParameterError, match=r"blocks\.0 gives shape"):
        chosen(net, images, layer="blocks.0", grid=(2, 2))


@pytest.mark.parametrize("tap", ["blocks.0", None])
def test_standing_is_reading_and_pulling_in_one_pass(images, tap):
    net = Tokens()
    model = as_model(net, rows=images)
    leaf = model.inside.leaf(model.inputs(images), tap)
    index = np.array([2, 0])
    target = resolve_target([1, 2], model.output_names, n_rows=3)
    points, pulled = leaf.stand(index, target)
    expected = {name: values[index] for name, values in leaf.values.items()}
    apart = leaf.pull(index, expected, target)
    for name, values in expected.items():
        np.testing.assert_allclose(points[name], values, atol=1e-6)
        np.testing.assert_allclose(pulled.gradients[name], apart.gradients[name], atol=1e-6)
    np.testing.assert_allclose(pulled.outputs, apart.outputs, atol=1e-6)


def test_shapes_that_have_a_grid():
    assert grid_of((8, 4, 6)) == Grid(4, 6)
    assert grid_of((8, 1, 1)) is None
    assert grid_of((10,)) is None
    assert grid_of((16, 32)) == Grid(4, 4, tokens=True)
    assert grid_of((17, 32)) == Grid(4, 4, tokens=True, before=1)
    assert grid_of((16, 1)) is None  # channels that were averaged over places
    assert grid_of((15, 32)) is None
    assert grid_of((15, 32), [Layer("cut", "Conv2d", (8, 3, 4))]) == Grid(3, 4, tokens=True, before=3)
    assert grid_of((15, 32), asked=(3, 5)) == Grid(3, 5, tokens=True)
    assert grid_of((40, 32), asked=(3, 5)) is None


def test_a_layer_whose_outputs_are_alike_everywhere_is_taken_as_it_comes(images):
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    with torch.no_grad():
        net[3].weight.zero_()
    assert np.abs(GradCAM(net).explain(images).values).max() == 0


@pytest.mark.parametrize("kind", ["ResNet", "ConvNext", "ViT", "Swin"])
def test_random_networks_of_hugging_face_are_explained(kind):
    import transformers

    sizes = {
        "ResNet": {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1]},
        "ConvNext": {"hidden_sizes": [8, 16], "depths": [1, 1], "num_stages": 2},
        "ViT": {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
        | {"image_size": 32, "patch_size": 8},
        "Swin": {"image_size": 32, "patch_size": 4, "embed_dim": 8, "depths": [1, 1], "num_heads": [2, 2]}
        | {"window_size": 4},
    }[kind]
    config = getattr(transformers, f"{kind}Config")(**sizes, num_labels=3)
    net = getattr(transformers, f"{kind}ForImageClassification")(config)
    images = torch.randn(2, 3, 32, 32)
    for method in (GradCAM, ScoreCAM):
        ex = method(net).explain(images)
        assert ex.values.shape == (2, 32, 32, 1)
        assert np.ptp(ex.values) > 0, ex.receipt.notes
