"""Where a tensor that no rule saw being made comes from."""

from __future__ import annotations

from collections.abc import Collection

from torch import Tensor, nn

__all__ = ["depends_on_inputs"]


def depends_on_inputs(tensor: Tensor, weights: Collection[int]) -> bool:
    """Whether a tensor's graph reaches anything but weights.

    Parameters
    ----------
    weights : ids of the tensors that are weights.
    """
    if tensor.grad_fn is None:
        return True
    seen, waiting = set(), [tensor.grad_fn]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if leaf is not None and id(leaf) not in weights and not isinstance(leaf, nn.Parameter):
            return True
        waiting += [following for following, _ in node.next_functions if following is not None]
    return False
