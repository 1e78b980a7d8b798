"""One name for each operation."""

from __future__ import annotations

import operator

import pytest
import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from pellucid.models.torch.rules.spelling import spelled


class Listening(TorchFunctionMode):
    def __init__(self):
        super().__init__()
        self.heard = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.heard.append(spelled(func))
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    ("call", "name", "inplace"),
    [
        (torch.relu, "relu", False),
        (torch.Tensor.relu_, "relu", True),
        (functional.relu, "relu", False),
        (lambda x: x + 1, "add", False),
        (lambda x: 1 + x, "add", False),
        (lambda x: 1 - x, "rsub", False),
        (lambda x: 2 / x, "rdiv", False),
        (lambda x: x / 2, "div", False),
        (lambda x: x @ x.mT, "matmul", False),
        (lambda x: operator.iadd(x, 1), "add", True),
        (lambda x: operator.itruediv(x, 2), "div", True),
        (lambda x: x[0], "getitem", False),
        (lambda x: operator.setitem(x, 0, 1.0), "setitem", True),
        (lambda x: torch.multiply(x, 2), "mul", False),
        (lambda x: x.T, "T.get", False),
        (lambda x: x.shape, "shape.get", False),
    ],
)
def test_an_operation_has_one_name(call, name, inplace):
    with Listening() as mode:
        call(torch.ones(2, 2))
    assert mode.heard[-1] == (name, inplace)
