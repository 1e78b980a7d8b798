"""Attention followed through layers, against the papers' formulas on weights that the networks give themselves."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers
from torch import nn

from pellucid.attribution import AttentionRollout, GenericAttention
from pellucid.attribution.words import by_words
from pellucid.core.errors import UnsupportedModelError
from pellucid.models.torch.calling import undisturbed
from pellucid.zoo import review_transformer

SMALL = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 32, "num_labels": 3}
IDS = torch.randint(1, 50, (3, 7), generator=torch.Generator().manual_seed(0))
IMAGES = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def bert(kind):
    torch.manual_seed(0)
    config = transformers.BertConfig(vocab_size=50, max_position_embeddings=16, attn_implementation=kind, **SMALL)
    return transformers.BertForSequenceClassification(config).double().eval()


def vit(kind):
    torch.manual_seed(0)
    config = transformers.ViTConfig(image_size=32, patch_size=8, attn_implementation=kind, **SMALL)
    return transformers.ViTForImageClassification(config).double().eval()


def attended(net, rows, target):
    """The weights that the network gives when asked for them, and their gradients."""
    out = net(rows, output_attentions=True)
    slopes = torch.autograd.grad(out.logits[:, target].sum(), out.attentions)
    return [a.detach().numpy() for a in out.attentions], [s.numpy() for s in slopes]


def rolled_out(weights):
    found = []
    for row in range(len(weights[0])):
        flow = np.eye(weights[0].shape[-1])
        for layer in weights:
            mixed = 0.5 * layer[row].mean(axis=0) + 0.5 * np.eye(len(flow))
            flow = (mixed / mixed.sum(axis=1, keepdims=True)) @ flow
        found.append(flow)
    return np.stack(found)


def relevance(weights, slopes):
    found = []
    for row in range(len(weights[0])):
        flow = np.eye(weights[0].shape[-1])
        for layer, slope in zip(weights, slopes, strict=True):
            flow = flow + np.clip(layer[row] * slope[row], 0, None).mean(axis=0) @ flow
        found.append(flow - np.eye(len(flow)))
    return np.stack(found)


@pytest.mark.parametrize("kind", ["eager", "sdpa"])
def test_values_are_those_of_the_papers_with_fused_attention_too(kind):
    weights, slopes = attended(bert("eager"), IDS, 1)
    rollout = AttentionRollout(bert(kind)).explain(IDS, 1)
    np.testing.assert_allclose(rollout.values[..., 0], rolled_out(weights)[:, 0], rtol=1e-9)
    generic = GenericAttention(bert(kind)).explain(IDS, 1)
    np.testing.assert_allclose(generic.values[..., 0], relevance(weights, slopes)[:, 0], rtol=1e-8, atol=1e-15)
    averaged = GenericAttention(bert(kind), token=None).explain(IDS, 1)
    np.testing.assert_allclose(averaged.values[..., 0], relevance(weights, slopes).mean(axis=1), rtol=1e-8, atol=1e-15)


@pytest.mark.parametrize("method", [AttentionRollout, GenericAttention])
def test_patches_of_an_image_lie_where_they_were(method):
    found = method(vit("sdpa")).explain(IMAGES, 2)
    weights, slopes = attended(vit("eager"), IMAGES, 2)
    flow = rolled_out(weights) if method is AttentionRollout else relevance(weights, slopes)
    assert found.values.shape == (2, 32, 32, 1)
    patches = flow[:, 0, 1:].reshape(2, 4, 4)
    # the corners of the picture are nearest to the corner patches alone
    np.testing.assert_allclose(found.values[:, ::31, ::31, 0], patches[:, ::3, ::3], rtol=1e-6)
    found.plot()


@pytest.mark.parametrize("method", [AttentionRollout, GenericAttention])
def test_a_row_does_not_depend_on_the_others_and_the_module_stays_as_it_was(method):
    net = bert("sdpa").train()
    whole = method(net).explain(IDS, [0, 1])
    alone = method(net, batch_size=1).explain(IDS[1:2], [0, 1])
    np.testing.assert_allclose(alone.values[0], whole.values[1], rtol=1e-9, atol=1e-15)
    assert net.training
    assert all(parameter.grad is None for parameter in net.parameters())
    assert whole.receipt.completeness.kind == "not promised"


def test_rollout_hands_out_all_there_is():
    found = AttentionRollout(bert("sdpa"), token=-1).explain(IDS)
    np.testing.assert_allclose(found.values.sum(axis=1), 1.0)


def test_torchs_own_attention_is_seen_with_padding_left_out():
    reviews = review_transformer()
    rows = reviews.rows[:30]
    found = GenericAttention(reviews.module, token=None).explain(rows)
    assert np.abs(found.values[..., 0][rows == 0]).max() < 1e-9
    words = by_words(found, reviews.texts[:30], reviews.offsets[:30])
    assert words.values.shape[0] == 30


def test_the_weights_are_kept_within_an_undisturbed_module():
    net = bert("sdpa")
    with undisturbed(net), torch.no_grad():
        before = net(IDS).logits
    GenericAttention(net).explain(IDS, 0)
    assert torch.equal(before, net(IDS).logits)


@pytest.mark.parametrize("method", [AttentionRollout, GenericAttention])
def test_a_network_without_attention_is_refused(method):
    with pytest.raises(UnsupportedModelError, match="no layer of this network attends from each place to every other"):
        method(nn.Sequential(nn.Flatten(), nn.Linear(9, 2))).explain(np.ones((2, 3, 3), dtype=np.float32))
