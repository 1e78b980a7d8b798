"""Families of transformers and image networks, randomly initialised, go through every rule set."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from tests.models.torch.rules.nets import points

from pellucid.core.errors import UnsupportedModelError
from pellucid.models.torch.rules.composites import attn_lrp, cp_lrp, epsilon_gamma_box, epsilon_plus, epsilon_plus_flat
from pellucid.models.torch.rules.multipliers import Multipliers
from pellucid.models.torch.rules.rectified import Rectified
from pellucid.models.torch.rules.relevance import Relevance

SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 32}
TEXT = {"vocab_size": 50, "max_position_embeddings": 16}
IMAGE = {"image_size": 16, "patch_size": 4}

FAMILIES = {
    "gpt2": (
        "GPT2LMHeadModel",
        "GPT2Config",
        {
            "vocab_size": 50,
            "n_positions": 16,
            "n_embd": 16,
            "n_layer": 2,
            "n_head": 2,
            "bos_token_id": 0,
            "eos_token_id": 0,
        },
    ),
    "bert": ("BertForSequenceClassification", "BertConfig", SMALL | TEXT),
    "llama": ("LlamaForCausalLM", "LlamaConfig", SMALL | TEXT | {"num_key_value_heads": 2}),
    "vit": ("ViTForImageClassification", "ViTConfig", SMALL | IMAGE),
    "resnet": (
        "ResNetForImageClassification",
        "ResNetConfig",
        {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1], "layer_type": "basic"},
    ),
    "convnext": (
        "ConvNextForImageClassification",
        "ConvNextConfig",
        {"hidden_sizes": [8, 16], "depths": [1, 1], "num_stages": 2},
    ),
}
CASES = [
    (name, kind)
    for name in FAMILIES
    for kind in (("eager", "sdpa") if name not in ("resnet", "convnext") else ("eager",))
]


@pytest.fixture(scope="module")
def networks():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import transformers

        made = {}
        for name, kind in CASES:
            model, config, settings = FAMILIES[name]
            torch.manual_seed(0)
            settings = settings if name in ("resnet", "convnext") else settings | {"attn_implementation": kind}
            made[name, kind] = getattr(transformers, model)(getattr(transformers, config)(**settings)).double().eval()
        return made


def given(name):
    shape = {"vit": (2, 3, 16, 16), "resnet": (2, 3, 32, 32), "convnext": (2, 3, 32, 32)}.get(name, (2, 5, 16))
    return points(*shape), points(*shape, seed=2)


def answered(network, name, x):
    out = network(**{"inputs_embeds" if x.ndim == 3 else "pixel_values": x}).logits
    return out[:, -1] if out.ndim == 3 else out


@pytest.mark.parametrize("case", CASES, ids="-".join)
@pytest.mark.parametrize("rule", ["rescale", "reveal-cancel"])
def test_contributions_sum_to_the_difference(networks, case, rule):
    network, (x, x0) = networks[case], given(case[0])
    leaf = x.clone().requires_grad_()
    with Multipliers(rule).applied(network) as run:
        run.refer(leaf, x0)
        y = answered(network, case[0], leaf.clone())
    values = (x - x0) * torch.autograd.grad(y[:, 0].sum(), leaf)[0]
    with torch.no_grad():
        expected = answered(network, case[0], x), answered(network, case[0], x0)
    np.testing.assert_array_equal(y.detach(), expected[0])
    # Llama and eager ViT round to single precision on the way, which no sum can follow
    tolerance = 1e-6 if case[0] in ("llama", "vit") else 1e-12
    scale = float(expected[0].abs().max())
    np.testing.assert_allclose(values.flatten(1).sum(1), (expected[0] - expected[1])[:, 0], atol=tolerance * scale)


@pytest.mark.parametrize("case", CASES, ids="-".join)
@pytest.mark.parametrize(
    "rules", [Relevance(), attn_lrp(), cp_lrp(), epsilon_plus()], ids=["epsilon", "attn", "cp", "plus"]
)
def test_relevance_reaches_the_input(networks, case, rules):
    network, (x, _) = networks[case], given(case[0])
    leaf = x.clone().requires_grad_()
    with rules.applied(network) as run:
        y = answered(network, case[0], leaf.clone())
    with torch.no_grad():
        np.testing.assert_array_equal(y.detach(), answered(network, case[0], x))
    found = run.relevance(y[:, 0].sum(), [leaf])[0]
    assert found.isfinite().all()
    assert found.any()


@pytest.mark.parametrize("case", [case for case in CASES if case[0] in ("vit", "resnet", "convnext")], ids="-".join)
@pytest.mark.parametrize("rules", [epsilon_plus_flat(), epsilon_gamma_box(-5, 5)], ids=["flat", "box"])
def test_images_have_rules_for_the_first_layer(networks, case, rules):
    network, (x, _) = networks[case], given(case[0])
    leaf = x.clone().requires_grad_()
    with rules.applied(network) as run:
        y = answered(network, case[0], leaf.clone())
    found = run.relevance(y[:, 0].sum(), [leaf])[0]
    assert found.isfinite().all()
    assert found.any()


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_guided_gradients_are_for_rectifiers_alone(networks, case):
    network, (x, _) = networks[case], given(case[0])
    leaf = x.clone().requires_grad_()
    if case[0] != "resnet":
        with pytest.raises(UnsupportedModelError, match="guided has no rule for"), Rectified("guided").applied(network):
            answered(network, case[0], leaf.clone())
    with Rectified("guided", others="gradient").applied(network):
        y = answered(network, case[0], leaf.clone())
    assert torch.autograd.grad(y[:, 0].sum(), leaf)[0].isfinite().all()
