"""One name for each operation of torch, however it is spelled: ``torch.relu``, ``F.relu``, ``x.relu_()``, ``a + b``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["spelled"]

OPERATORS = {
    "__add__": "add",
    "__radd__": "add",
    "__sub__": "sub",
    "__rsub__": "rsub",
    "__mul__": "mul",
    "__rmul__": "mul",
    "__truediv__": "div",
    "__rtruediv__": "rdiv",
    "__rdiv__": "rdiv",
    "__matmul__": "matmul",
    "__rmatmul__": "rmatmul",
    "__pow__": "pow",
    "__rpow__": "rpow",
    "__neg__": "neg",
    "__pos__": "positive",
    "__abs__": "abs",
    "__getitem__": "getitem",
    "__iadd__": "add_",
    "__isub__": "sub_",
    "__imul__": "mul_",
    "__itruediv__": "div_",
    "__idiv__": "div_",
    "__ipow__": "pow_",
    "__setitem__": "setitem_",
}

SYNONYMS = {
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "true_divide": "div",
    "negative": "neg",
    "absolute": "abs",
    "clip": "clamp",
    "arctan": "atan",
    "special_expit": "sigmoid",
    "special_erf": "erf",
    "special_softmax": "softmax",
    "special_log_softmax": "log_softmax",
    "special_logsumexp": "logsumexp",
    "ger": "outer",
    "vdot": "dot",
    "swapaxes": "transpose",
    "swapdims": "transpose",
    "moveaxis": "movedim",
    "concat": "cat",
    "concatenate": "cat",
    "row_stack": "vstack",
    "upsample": "interpolate",
    "linalg_matmul": "matmul",
}


def spelled(func: Callable[..., Any]) -> tuple[str, bool]:
    """The operation's one name, and whether it writes into its first argument."""
    name = str(getattr(func, "__name__", func))
    if name in ("__get__", "__set__"):
        return f"{getattr(getattr(func, '__self__', None), '__name__', 'attribute')}.{name[2:-2]}", False
    name = OPERATORS.get(name, name)
    inplace = name.endswith("_") and not name.endswith("__")
    name = name.removesuffix("_") if inplace else name
    return SYNONYMS.get(name, name), inplace
