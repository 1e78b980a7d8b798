"""Cluttered images with one object each, whose mask is known, and a small network trained on them in seconds."""

from __future__ import annotations

import colorsys

import numpy as np
import torch
from torch import nn

SIDE = 48
#: hue of each kind of object, from 0 to 1
HUES = {"red": 0.0, "yellow": 0.16, "green": 0.36, "blue": 0.62}


def images(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images (count, 3, side, side) float32 from −2 to 2, their kind of object, and its mask."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, len(HUES), count)
    masks = np.stack([_object(rng) for _ in kinds])
    hues = np.array(list(HUES.values()))[kinds] + rng.normal(0, 0.02, count)
    pictures = np.stack([_painted(rng, mask, hue) for mask, hue in zip(masks, hues, strict=True)])
    return np.moveaxis(pictures, -1, 1).astype(np.float32), kinds, masks


def _object(rng: np.random.Generator) -> np.ndarray:
    """A disc, square, triangle or ring somewhere."""
    size = rng.uniform(7, 11)
    cy, cx = rng.uniform(size + 1, SIDE - size - 1, 2)
    y, x = np.mgrid[:SIDE, :SIDE] - np.array([cy, cx]).reshape(2, 1, 1)
    far = np.hypot(y, x)
    shapes = (
        far < size,
        np.maximum(abs(y), abs(x)) < 0.85 * size,
        (y < 0.8 * size) & (y > 2 * abs(x) - size),
        (far < size) & (far > 0.5 * size),
    )
    return shapes[rng.integers(0, len(shapes))]


def _painted(rng: np.random.Generator, mask: np.ndarray, hue: float) -> np.ndarray:
    """Strips of dull colours, the object in a strong one, noise over all."""
    y, x = np.mgrid[:SIDE, :SIDE]
    picture = np.broadcast_to(_dull(rng), (SIDE, SIDE, 3)).copy()
    for _ in range(14):
        angle, at = rng.uniform(0, np.pi), rng.uniform(0, SIDE, 2)
        across = abs((x - at[0]) * np.sin(angle) - (y - at[1]) * np.cos(angle))
        along = abs((x - at[0]) * np.cos(angle) + (y - at[1]) * np.sin(angle))
        picture[(across < rng.uniform(1, 3)) & (along < rng.uniform(4, 14))] = _dull(rng)
    picture[mask] = colorsys.hsv_to_rgb(hue % 1, rng.uniform(0.5, 0.8), rng.uniform(0.5, 0.9))
    return 4 * (picture + rng.normal(0, 0.05, picture.shape)).clip(0, 1) - 2


def _dull(rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0.15, 0.75) + rng.normal(0, 0.07, 3)


def trained(seed: int, count: int = 1_500, epochs: int = 5, *, flat: bool = False) -> nn.Module:
    """Three convolutions and a head: a linear one on their average over places, or two layers on all places."""
    torch.manual_seed(seed)
    places = (SIDE // 8) ** 2
    head = (
        [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * places, 64), nn.ReLU(), nn.Linear(64, len(HUES))]
        if flat
        else [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, len(HUES))]
    )
    net = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1),
        nn.ReLU(),
        *head,
    )
    pictures, kinds, _ = images(count, seed)
    inputs, labels = torch.from_numpy(pictures), torch.from_numpy(kinds)
    optimizer = torch.optim.Adam(net.parameters(), 5e-3)
    for _ in range(epochs):
        for some in torch.randperm(count).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(inputs[some]), labels[some]).backward()
            optimizer.step()
    return net.eval()


def accuracy(net: nn.Module, pictures: np.ndarray, kinds: np.ndarray) -> float:
    """Share of images whose object is told right."""
    with torch.no_grad():
        return float((net(torch.from_numpy(pictures)).argmax(dim=1).numpy() == kinds).mean())
