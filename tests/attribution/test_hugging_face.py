"""Every method that looks inside a network, on the families that people have, untrained and small."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
import transformers

from pellucid.core import registry
from pellucid.models import as_model

TINY = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
IDS = torch.randint(1, 40, (2, 6), generator=torch.Generator().manual_seed(0))
IMAGES = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
SETTINGS = {"draws": 3, "token": None, "steps": 4}


def last(out):
    return out.logits[:, -1]


def gpt2():
    config = transformers.GPT2Config(vocab_size=40, n_positions=16, n_embd=16, n_layer=2, n_head=2)
    return transformers.GPT2LMHeadModel(config), last, "transformer.h.0"


def llama():
    config = transformers.LlamaConfig(vocab_size=40, num_key_value_heads=1, max_position_embeddings=16, **TINY)
    return transformers.LlamaForCausalLM(config), last, "model.layers.0"


def bert():
    config = transformers.BertConfig(vocab_size=40, max_position_embeddings=16, num_labels=3, **TINY)
    return transformers.BertForSequenceClassification(config), None, "bert.encoder.layer.0"


def vit():
    config = transformers.ViTConfig(image_size=32, patch_size=8, num_labels=3, **TINY)
    return transformers.ViTForImageClassification(config), None, "vit.layers.0"


def resnet():
    config = transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], num_labels=3)
    return transformers.ResNetForImageClassification(config), None, "resnet.encoder.stages.0"


def convnext():
    config = transformers.ConvNextConfig(hidden_sizes=[8, 16], depths=[1, 1], num_stages=2, num_labels=3)
    return transformers.ConvNextForImageClassification(config), None, "convnext.encoder.stages.0"


FAMILIES = {"texts": (gpt2, llama, bert), "images": (vit, resnet, convnext)}
#: method → why it is not for a family
NOT_FOR = {
    ("CAM", "*"): "needs a linear head on an average of maps, which none but ResNet has by itself",
    ("Deconvnet", "*"): "is for networks of ReLUs",
    ("GuidedBackprop", "*"): "is for networks of ReLUs",
    ("AttentionRollout", "resnet"): "has no attention",
    ("AttentionRollout", "convnext"): "has no attention",
    ("GenericAttention", "resnet"): "has no attention",
    ("GenericAttention", "convnext"): "has no attention",
}


def cases():
    for address, entry in registry.methods().items():
        name, takes = address.rpartition(".")[2], entry.get("takes", "tables")
        if entry["needs"] != "network" or "tensors" not in takes or entry["explains"] != "Attribution":
            continue
        for kind, families in FAMILIES.items():
            for family in families:
                of_images = ".cam." in entry["module"]
                told = {(name, "*"), (name, family.__name__)} & set(NOT_FOR)
                if not told and (kind == "images" or not of_images):
                    yield pytest.param(entry, name, family, kind, id=f"{name}-{family.__name__}")


@pytest.mark.parametrize(("entry", "name", "family", "kind"), list(cases()))
def test_the_method_goes_through(entry, name, family, kind):
    torch.manual_seed(0)
    module, output, layer = family()
    rows = IDS if kind == "texts" else IMAGES
    model = as_model(module, rows=rows, output=output)
    method = registry.find(entry["module"], name)
    known = {setting: value for setting, value in SETTINGS.items() if setting in method.constraints}
    parameters = inspect.signature(method).parameters
    required = {key for key, parameter in parameters.items() if parameter.default is inspect.Parameter.empty}
    given = {"background": rows.flip(0), "layer": layer}
    wanted = {
        key: value for key, value in given.items() if key in required or (key == "background" and key in parameters)
    }
    found = method(model, **wanted, **known).explain(rows, 1)
    assert np.isfinite(found.values).all()
    assert np.abs(found.values).sum() > 0
    assert len(found.values) == 2
    alone = method(model, **wanted, **known).explain(rows[:1], 1)
    np.testing.assert_allclose(alone.values[0], found.values[0], rtol=1e-3, atol=1e-6)
