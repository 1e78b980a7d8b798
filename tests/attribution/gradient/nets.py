"""Small networks whose gradients are written out by hand."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn


class Function(nn.Module):
    """Any function of a tensor as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Tanh:
    """``f(x) = V tanh(W x + b) + c`` in numpy, with its gradient, and the same as a torch module."""

    def __init__(self, inputs=5, hidden=7, outputs=3, seed=0):
        rng = np.random.default_rng(seed)
        self.W, self.b = rng.normal(size=(hidden, inputs)), rng.normal(size=hidden)
        self.V, self.c = rng.normal(size=(outputs, hidden)), rng.normal(size=outputs)

    def hidden(self, x):
        return np.tanh(x @ self.W.T + self.b)

    def __call__(self, x):
        return self.hidden(x) @ self.V.T + self.c

    def gradient(self, x, output):
        """(rows, inputs)"""
        return ((1 - self.hidden(x) ** 2) * self.V[output]) @ self.W

    @property
    def module(self):
        first, last = nn.Linear(*self.W.T.shape), nn.Linear(*self.V.T.shape)
        net = nn.Sequential(first, nn.Tanh(), last).double()
        with torch.no_grad():
            for layer, weight, bias in ((first, self.W, self.b), (last, self.V, self.c)):
                layer.weight.copy_(torch.from_numpy(weight))
                layer.bias.copy_(torch.from_numpy(bias))
        return net


TANH = Tanh()
ROWS = np.random.default_rng(1).normal(size=(6, 5))
PREDICTED = TANH(ROWS).argmax(axis=1)
