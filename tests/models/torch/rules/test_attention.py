"""Fused attention taken apart, and AttnLRP against its paper."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.models.torch.rules.nets import points, relevance, seeded
from torch import nn
from torch.nn import functional

from pellucid.core.errors import UnsupportedModelError
from pellucid.models.torch.rules.attention import multi_head_attention, scaled_dot_product_attention
from pellucid.models.torch.rules.composites import attn_lrp

MASKS = {
    "none": {},
    "causal": {"is_causal": True},
    "booleans": {"attn_mask": torch.ones(4, 4, dtype=torch.bool).tril()},
    "numbers": {"attn_mask": points(4, 4, seed=5)},
    "scale": {"scale": 0.3},
}


@pytest.mark.parametrize("name", MASKS)
def test_taken_apart_it_is_the_same_function(name):
    q, k, v = (points(2, 2, 4, 3, seed=seed) for seed in range(3))
    settings = MASKS[name]
    expected = functional.scaled_dot_product_attention(q, k, v, **settings)
    np.testing.assert_allclose(scaled_dot_product_attention(q, k, v, **settings), expected, rtol=1e-12)


def test_fewer_heads_of_keys_are_repeated():
    q, k, v = points(2, 4, 5, 3), points(2, 2, 5, 3, seed=2), points(2, 2, 5, 3, seed=3)
    expected = functional.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    np.testing.assert_allclose(scaled_dot_product_attention(q, k, v, enable_gqa=True), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"key_padding_mask": torch.tensor([[False] * 4, [False, False, True, True]])},
        {"attn_mask": torch.ones(4, 4, dtype=torch.bool).triu(1)},
        {"attn_mask": points(4, 4, 4, seed=7), "need_weights": False},
        {"average_attn_weights": False},
    ],
)
@pytest.mark.parametrize("widths", [{}, {"kdim": 5, "vdim": 7}])
def test_heads_taken_apart_are_the_same_function(settings, widths):
    layer = seeded(lambda: nn.MultiheadAttention(6, 2, **widths))
    given = points(4, 2, 6), points(4, 2, widths.get("kdim", 6), seed=2), points(4, 2, widths.get("vdim", 6), seed=3)
    expected = layer(*given, **settings)
    separate = layer.in_proj_weight is None
    found = multi_head_attention(
        *given, 6, 2, layer.in_proj_weight, layer.in_proj_bias, None, None, False, 0.0, layer.out_proj.weight,
        layer.out_proj.bias, training=False, use_separate_proj_weight=separate,
        **({f"{k}_proj_weight": getattr(layer, f"{k}_proj_weight") for k in "qkv"} if separate else {}), **settings,
    )  # fmt: skip
    np.testing.assert_allclose(found[0].detach(), expected[0].detach(), rtol=1e-10, atol=1e-13)
    if expected[1] is not None:
        np.testing.assert_allclose(found[1].detach(), expected[1].detach(), rtol=1e-10, atol=1e-13)


def test_dropout_and_added_keys_are_refused():
    q = points(1, 1, 2, 3)
    with pytest.raises(UnsupportedModelError, match=r"rate 0.1; call module.eval"):
        scaled_dot_product_attention(q, q, q, dropout_p=0.1)
    layer = seeded(lambda: nn.MultiheadAttention(4, 2, add_bias_kv=True))
    x = points(3, 1, 4).requires_grad_()
    with pytest.raises(UnsupportedModelError, match="added keys"), attn_lrp().applied(layer):
        layer(x, x, x)


class Head(nn.Module):
    """One block of a transformer with a single head."""

    def __init__(self, width=4):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.norm, self.up, self.down = nn.LayerNorm(width), nn.Linear(width, 6), nn.Linear(6, width)

    def forward(self, x):
        h = self.norm(x)
        mixed = functional.scaled_dot_product_attention(self.q(h), self.k(h), self.v(h))
        x = x + self.o(mixed)
        return x + self.down(functional.gelu(self.up(self.norm(x))))


def linear_rule(a, layer, r):
    """ε → 0 of the ε-rule, for (positions, inputs)."""
    w, b = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    found = np.zeros_like(a)
    for t in range(len(a)):
        for k in range(len(w)):
            z = a[t] @ w[k] + b[k]
            found[t] += a[t] * w[k] / z * r[t, k]
    return found


def norm_rule(a, layer, r):
    """Centring is linear, 1/σ a constant, the weight a factor and the bias a term (propositions 3.4 and the ε-rule)."""
    found = np.zeros_like(a)
    for t in range(len(a)):
        centred = a[t] - a[t].mean()
        y = centred / np.sqrt((centred**2).mean() + layer.eps) * layer.weight.detach().numpy()
        r_centred = y / (y + layer.bias.detach().numpy()) * r[t]
        for k in range(len(centred)):
            for j in range(len(centred)):
                found[t, j] += a[t, j] * ((j == k) - 1 / len(centred)) / centred[k] * r_centred[k]
    return found


def product_rule(a, b, r):
    """Half to each factor, shared within it by the ε-rule (proposition 3.3)."""
    o = a @ b
    ra, rb = np.zeros_like(a), np.zeros_like(b)
    for i in range(len(a)):
        for j in range(b.shape[1]):
            for k in range(len(b)):
                ra[i, k] += a[i, k] * b[k, j] / (2 * o[i, j]) * r[i, j]
                rb[k, j] += a[i, k] * b[k, j] / (2 * o[i, j]) * r[i, j]
    return ra, rb


def test_attn_lrp_is_the_papers_rule_by_rule():
    module, x = seeded(Head), points(3, 4)
    with torch.no_grad():
        h = module.norm(x)
        q, k, v = module.q(h), module.k(h), module.v(h)
        scores = q @ k.T / 2
        weights = torch.softmax(scores, -1)
        mixed, after = weights @ v, x + module.o(weights @ v)
        n2 = module.norm(after)
        up = module.up(n2)
        act, y = functional.gelu(up), after + module.down(functional.gelu(up))
    h, q, k, v, scores, weights, mixed, after, n2, act, y, down, out = (
        t.detach().numpy()
        for t in (h, q, k, v, scores, weights, mixed, after, n2, act, y, module.down(act), module.o(mixed))
    )
    r = np.zeros((3, 4))
    r[0, 1] = y[0, 1]
    r_after = after / y * r + norm_rule(
        after, module.norm, linear_rule(n2, module.up, linear_rule(act, module.down, down / y * r))
    )
    r_mixed = linear_rule(mixed, module.o, out / after * r_after)
    r_weights, r_v = product_rule(weights, v, r_mixed)
    r_scores = scores * (r_weights - weights * r_weights.sum(-1, keepdims=True))
    r_q, r_kt = product_rule(q, k.T, r_scores)
    r_h = linear_rule(h, module.q, r_q) + linear_rule(h, module.k, r_kt.T) + linear_rule(h, module.v, r_v)
    expected = x.numpy() / after * r_after + norm_rule(x.numpy(), module.norm, r_h)
    leaf = x.clone().requires_grad_()
    with attn_lrp().applied(module) as run:
        answer = module(leaf)
    found = run.relevance(answer[0, 1], [leaf])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)


def test_fused_and_written_out_attention_have_the_same_relevance():
    class Written(Head):
        def forward(self, x):
            h = self.norm(x)
            weights = torch.softmax(self.q(h) @ self.k(h).transpose(-2, -1) / 2, -1)
            x = x + self.o(weights @ self.v(h))
            return x + self.down(functional.gelu(self.up(self.norm(x))))

    x = points(2, 3, 4)
    found = [relevance(attn_lrp(), seeded(make), x) for make in (Head, Written)]
    np.testing.assert_allclose(*found, rtol=1e-9, atol=1e-13)
