"""Fused attention, taken apart into projections, scores, softmax and sums."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from pellucid.core.errors import UnsupportedModelError

__all__ = ["multi_head_attention", "scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(q kᵀ · scale + mask) v.

    Raises
    ------
    UnsupportedModelError : attention weights are dropped at random.
    """
    if dropout_p > 0:
        raise UnsupportedModelError(
            f"scaled_dot_product_attention drops numbers at random, got rate {dropout_p}; call module.eval() first."
        )
    if enable_gqa:
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
        value = value.repeat_interleave(query.shape[-3] // value.shape[-3], -3)
    weights = _weights(query, key, _mask(query, key, attn_mask, is_causal), scale)
    return weights @ value


def _mask(query: Tensor, key: Tensor, mask: Tensor | None, causal: bool) -> Tensor | None:
    if causal:
        return torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=query.device).tril()
    return mask


def _weights(query: Tensor, key: Tensor, mask: Tensor | None, scale: float | None = None) -> Tensor:
    scores = (query @ key.transpose(-2, -1)) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if mask is not None:
        hidden = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
        weights = torch.softmax(hidden, -1)
        # a row that sees nothing attends to nothing
        return weights.masked_fill(~mask.any(-1, keepdim=True), 0.0) if mask.dtype == torch.bool else weights
    return torch.softmax(scores, -1)


def multi_head_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> Any:
    """torch.nn.functional.multi_head_attention_forward: (positions, rows, width) or (positions, width).

    Returns
    -------
    (output, weights), or (output,) where no weights are wanted.

    Raises
    ------
    UnsupportedModelError : dropout, added keys, or keys computed elsewhere.
    """
    if training and dropout_p > 0:
        raise UnsupportedModelError(
            f"multi_head_attention_forward drops numbers at random, got rate {dropout_p}; call module.eval() first."
        )
    if bias_k is not None or bias_v is not None or add_zero_attn or static_k is not None or static_v is not None:
        raise UnsupportedModelError(
            "there is no rule for multi_head_attention_forward with added keys (bias_k, bias_v, add_zero_attn, "
            "static_k, static_v); use a gradient method, such as IntegratedGradients."
        )
    batched = query.ndim == 3
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    separate = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    q, k, v = _projected((query, key, value), in_proj_weight, separate, in_proj_bias)
    heads = [_heads(each, num_heads) for each in (q, k, v)]
    mask = _joined(attn_mask, key_padding_mask, query.shape[1], num_heads, heads[0])
    weights = _weights(heads[0], heads[1], mask)
    mixed = (weights @ heads[2]).permute(2, 0, 1, 3).reshape(query.shape)
    output = functional.linear(mixed, out_proj_weight, out_proj_bias)
    output = output if batched else output.squeeze(1)
    if not need_weights:
        return (output,)
    shown = weights.mean(1) if average_attn_weights else weights
    return output, shown if batched else shown.squeeze(0)


def _projected(
    given: tuple[Tensor, Tensor, Tensor],
    joint: Tensor | None,
    separate: tuple[Tensor | None, ...] | None,
    bias: Tensor | None,
) -> list[Tensor]:
    weights = separate if separate is not None else joint.chunk(3) if joint is not None else ()
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return [functional.linear(x, w, b) for x, w, b in zip(given, weights, biases, strict=True) if w is not None]


def _heads(x: Tensor, heads: int) -> Tensor:
    """(positions, rows, width) as (rows, heads, positions, width of a head)."""
    return x.reshape(x.shape[0], x.shape[1], heads, -1).permute(1, 2, 0, 3)


def _joined(mask: Tensor | None, padding: Tensor | None, rows: int, heads: int, like: Tensor) -> Tensor | None:
    """Both masks as numbers to add; where a mask of booleans is true, nothing is seen."""
    parts = []
    if mask is not None:
        shaped = mask.reshape(rows, heads, *mask.shape[-2:]) if mask.ndim == 3 else mask
        parts.append(_added(shaped, like))
    if padding is not None:
        parts.append(_added(padding, like)[:, None, None, :])
    return sum(parts[1:], parts[0]) if parts else None


def _added(mask: Tensor, like: Tensor) -> Tensor:
    if mask.dtype != torch.bool:
        return mask.to(like.dtype)
    return torch.zeros_like(mask, dtype=like.dtype).masked_fill(mask, -math.inf)
