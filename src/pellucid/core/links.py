"""From a model's raw scores to the scale its own predictions are on, and to the loss of a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["ClassLink", "Exponential", "Link", "Logistic", "Probability", "Scaled", "SignedSquare", "Softmax"]

Scores = NDArray[np.float64]


class Link(Protocol):
    """Raw scores (…, outputs) → what the model's own predict or predict_proba says, (…, outputs)."""

    def __call__(self, raw: Scores) -> Scores: ...


class ClassLink(Link, Protocol):
    """A link to probabilities of classes, which also gives the log-loss of a label without rounding it away."""

    def log_loss(self, raw: Scores, labels: NDArray[np.intp]) -> Scores:
        """``−ln p(label)``, (…,) for raw (…, outputs) and class numbers that broadcast to (…,)."""
        ...


@dataclass(frozen=True)
class Scaled:
    """``factor · raw``: the one link of which a sum of trees stays a sum of trees."""

    factor: float

    def __call__(self, raw: Scores) -> Scores:
        return raw * self.factor


@dataclass(frozen=True)
class Exponential:
    """``exp(rate · raw)``."""

    rate: float = 1.0

    def __call__(self, raw: Scores) -> Scores:
        return np.asarray(np.exp(raw * self.rate))


@dataclass(frozen=True)
class SignedSquare:
    """``sign(raw) · (rate · raw)²``."""

    rate: float = 1.0

    def __call__(self, raw: Scores) -> Scores:
        return np.asarray(np.abs(raw) * raw * self.rate**2)


@dataclass(frozen=True)
class Logistic:
    """``1 / (1 + exp(−scale · raw))`` of each output; of a single one, the probability of the second class."""

    scale: float = 1.0

    def __call__(self, raw: Scores) -> Scores:
        odds = raw * -self.scale
        with np.errstate(over="ignore"):  # odds beyond the largest number are a probability of 0
            np.exp(odds, out=odds)
        odds += 1.0
        return np.reciprocal(odds, out=odds)

    def log_loss(self, raw: Scores, labels: NDArray[np.intp]) -> Scores:
        margin = raw[..., 0] * (self.scale * (1 - 2 * labels))
        return np.asarray(np.maximum(margin, 0.0) + np.log1p(np.exp(-np.abs(margin))))


@dataclass(frozen=True)
class Softmax:
    """``exp(scale · raw_k) / Σ_j exp(scale · raw_j)`` over the outputs."""

    scale: float = 1.0

    def __call__(self, raw: Scores) -> Scores:
        powers = np.exp(self.scale * (raw - raw.max(axis=-1, keepdims=True)))
        return np.asarray(powers / _sum(powers)[..., np.newaxis])

    def log_loss(self, raw: Scores, labels: NDArray[np.intp]) -> Scores:
        top = raw.max(axis=-1, keepdims=True)
        of_label = _chosen(raw - top, labels)
        return np.asarray(np.log(_sum(np.exp(self.scale * (raw - top)))) - self.scale * of_label)


@dataclass(frozen=True)
class Probability:
    """Raw scores that are probabilities already; in a loss they are at least 2.2e-16, as scikit-learn has it."""

    def __call__(self, raw: Scores) -> Scores:
        return raw

    def log_loss(self, raw: Scores, labels: NDArray[np.intp]) -> Scores:
        return np.asarray(-np.log(np.maximum(_chosen(raw, labels), np.finfo(np.float64).eps)))


def _sum(values: Scores) -> Scores:
    """Over the last axis term by term, so that the bits of a row do not depend on how an array lies in memory."""
    total = values[..., 0].copy()
    for k in range(1, values.shape[-1]):
        total += values[..., k]
    return np.asarray(total)


def _chosen(values: Scores, labels: NDArray[np.intp]) -> Scores:
    index = np.broadcast_to(labels, values.shape[:-1])[..., np.newaxis]
    return np.asarray(np.take_along_axis(values, index, axis=-1)[..., 0])
