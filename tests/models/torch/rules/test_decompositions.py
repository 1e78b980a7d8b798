"""Compound operations, taken apart, are the same functions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.models.torch.rules.nets import points
from torch import nn
from torch.nn import functional

from pellucid.core.errors import UnsupportedModelError
from pellucid.models.torch.rules.calls import Call
from pellucid.models.torch.rules.decompositions import PARTS, taken_apart

X, W, B = points(3, 4, 6), points(6, seed=2), points(6, seed=3)
IMAGE = points(2, 4, 5, 5, seed=4)
CALLS = {
    "layer_norm": (functional.layer_norm, (X, (6,), W, B), {"eps": 1e-3}),
    "layer_norm of two axes": (functional.layer_norm, (X, (4, 6)), {}),
    "rms_norm": (functional.rms_norm, (X, (6,), W), {}),
    "group_norm": (functional.group_norm, (IMAGE, 2, W[:4], B[:4]), {}),
    "instance_norm": (functional.instance_norm, (IMAGE,), {"weight": W[:4], "bias": B[:4]}),
    "instance_norm by what was kept": (
        functional.instance_norm,
        (IMAGE, B[:4], W[:4].square()),
        {"use_input_stats": False},
    ),
    "normalize": (functional.normalize, (X,), {"dim": -1}),
    "normalize by sums": (functional.normalize, (X,), {"p": 1.0, "dim": 1}),
    "var": (torch.var, (X,), {}),
    "var along": (torch.var, (X, 1), {"keepdim": True}),
    "var uncorrected": (torch.Tensor.var, (X, False), {}),
    "var corrected": (torch.var, (X, (0, 2)), {"correction": 0}),
    "std": (torch.std, (X, -1), {"unbiased": False}),
    "norm": (torch.norm, (X,), {}),
    "norm along": (torch.Tensor.norm, (X,), {"dim": 1, "keepdim": True}),
    "linalg_norm": (torch.linalg.vector_norm, (X,), {"dim": -1}),
    "glu": (functional.glu, (X,), {"dim": 1}),
    "softmin": (functional.softmin, (X,), {"dim": 1}),
    "addcdiv": (torch.addcdiv, (X, X.exp(), X.square() + 1), {"value": 0.5}),
    "cosine_similarity": (functional.cosine_similarity, (X, X.flip(0)), {"dim": 2}),
    "local_response_norm": (functional.local_response_norm, (IMAGE, 3), {"alpha": 0.1, "beta": 0.6, "k": 2.0}),
    "local_response_norm of lines": (functional.local_response_norm, (X, 2), {}),
}


@pytest.mark.parametrize("name", CALLS)
def test_taken_apart_it_gives_the_same(name):
    function, args, kwargs = CALLS[name]
    found = taken_apart(Call.of(function, args, kwargs))
    np.testing.assert_allclose(found, function(*args, **kwargs), rtol=1e-11, atol=1e-14)


def test_statistics_of_half_precision_are_those_of_torch():
    x = points(3, 64, dtype=torch.bfloat16)
    found = taken_apart(Call.of(functional.layer_norm, (x, (64,)), {}))
    assert found.dtype == torch.bfloat16
    np.testing.assert_allclose(found.float(), nn.LayerNorm(64)(x.float()).detach(), atol=0.02)


def test_every_part_is_tried():
    tried = {name.partition(" ")[0] for name in CALLS} | {
        "scaled_dot_product_attention",
        "multi_head_attention_forward",
    }
    assert {"vector_norm", "linalg_vector_norm"} | tried == set(PARTS)


def test_norms_of_other_orders_are_refused():
    with pytest.raises(UnsupportedModelError, match="norm of order 3"):
        taken_apart(Call.of(functional.normalize, (X,), {"p": 3}))
