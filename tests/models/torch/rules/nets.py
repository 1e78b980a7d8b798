"""Small networks, and how rules are asked about them."""

from __future__ import annotations

import torch
from torch import nn


class Fn(nn.Module):
    """A layer of weights, then any function."""

    def __init__(self, function, width=6):
        super().__init__()
        self.layer = nn.Linear(width, width)
        self.function = function

    def forward(self, x):
        return self.function(self.layer(x))


def seeded(make, *, dtype=torch.float64, seed=0):
    torch.manual_seed(seed)
    module = make().to(dtype).eval()
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)
            part.weight.data.normal_()
            part.bias.data.normal_()
    return module


def points(*shape, dtype=torch.float64, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def score(outputs, k=0):
    return outputs.flatten(1)[:, k].sum()


def gradient(rules, module, x, k=0):
    leaf = x.clone().requires_grad_()
    with rules.applied(module):
        y = module(leaf.clone())
    return torch.autograd.grad(score(y, k), leaf)[0]


def relevance(rules, module, x, k=0):
    leaf = x.clone().requires_grad_()
    with rules.applied(module) as run:
        y = module(leaf.clone())
    return run.relevance(score(y, k), [leaf])[0].detach()


def contributions(rules, module, x, x0, k=0):
    leaf = x.clone().requires_grad_()
    with rules.applied(module) as run:
        run.refer(leaf, x0)
        y = module(leaf.clone())
    return (x - x0) * torch.autograd.grad(score(y, k), leaf)[0]


def gap(rules, module, x, x0, k=0):
    """The largest distance of the contributions' sum from f(x) − f(x0), relative to the larger of the two."""
    values = contributions(rules, module, x, x0, k).flatten(1).sum(1)
    with torch.no_grad():
        y, y0 = module(x).flatten(1)[:, k], module(x0).flatten(1)[:, k]
    return float(((values - (y - y0)).abs() / torch.maximum(y.abs(), y0.abs()).clamp_min(1e-3)).max())


#: functions of rows of numbers, that keep their width
ROWWISE = {
    "relu": torch.relu,
    "gelu": nn.functional.gelu,
    "tanh gelu": lambda h: nn.functional.gelu(h, approximate="tanh"),
    "gelu by hand": lambda h: 0.5 * h * (1 + torch.tanh(0.7978845608 * (h + 0.044715 * h.pow(3)))),
    "erf gelu by hand": lambda h: h * 0.5 * (1.0 + torch.erf(h / 2**0.5)),
    "silu": nn.functional.silu,
    "silu by hand": lambda h: h * torch.sigmoid(h),
    "leaky by hand": lambda h: torch.where(h > 0, h, 0.1 * h),
    "relu by mask": lambda h: h * (h > 0),
    "softsign by hand": lambda h: h / (1 + h.abs()),
    "exp": torch.exp,
    "log": lambda h: torch.log(h.square() + 0.1),
    "sqrt": lambda h: torch.sqrt(h.square() + 0.1),
    "power": lambda h: h**3,
    "power of": lambda h: 2**h,
    "over": lambda h: 1 / (2 + h.square()),
    "clamp": lambda h: h.clamp(-0.1, 0.3),
    "square": lambda h: h * h,
    "softmax": lambda h: torch.softmax(h, -1),
    "log_softmax": lambda h: nn.functional.log_softmax(h, dim=-1),
    "logsumexp": lambda h: h - h.logsumexp(-1, keepdim=True),
    "softmax by hand": lambda h: torch.exp(h) / torch.exp(h).sum(-1, keepdim=True),
    "softmin": lambda h: nn.functional.softmin(h, dim=-1),
    "layer_norm": lambda h: nn.functional.layer_norm(h, (h.shape[-1],)),
    "rms_norm": lambda h: nn.functional.rms_norm(h, (h.shape[-1],)),
    "rms by hand": lambda h: h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + 1e-6),
    "group_norm": lambda h: nn.functional.group_norm(h, 2),
    "normalize": lambda h: nn.functional.normalize(h, dim=-1),
    "var": lambda h: h * h.var(-1, keepdim=True),
    "std": lambda h: h / (h.std(-1, keepdim=True) + 0.1),
    "norm": lambda h: h * h.norm(dim=-1, keepdim=True),
    "max": lambda h: h - h.max(-1, keepdim=True).values,
    "amin": lambda h: h * h.amin(-1, keepdim=True),
    "maximum": lambda h: torch.maximum(h, h.flip(-1)),
    "minimum": lambda h: torch.minimum(h, 2 * h.flip(-1)),
    "glu": lambda h: nn.functional.glu(torch.cat([h, h.flip(-1)], -1)),
    "product": lambda h: h * h.flip(-1),
    "quotient": lambda h: h / (h.flip(-1).square() + 1),
    "outer": lambda h: (h.unsqueeze(-1) @ h.unsqueeze(-2)).sum(-1),
    "einsum": lambda h: torch.einsum("ni,nj->ni", h, h.sin()),
    "baddbmm": lambda h: torch.baddbmm(h.unsqueeze(1), h.unsqueeze(1), h.unsqueeze(2) @ h.unsqueeze(1)).squeeze(1),
    "addcmul": lambda h: torch.addcmul(h, h, h.flip(-1), value=0.5),
    "addcdiv": lambda h: torch.addcdiv(h, h.flip(-1), h.square() + 1),
    "cosine": lambda h: h * nn.functional.cosine_similarity(h, h.flip(-1).exp(), dim=-1).unsqueeze(-1),
    "in place": lambda h: h.clone().mul_(2).add_(1).tanh_().sub_(h),
    "written": lambda h: torch.zeros_like(h).index_copy(1, torch.tensor([1, 3]), h[:, :2].exp()),
}
