"""Seeds: the same seed gives the same bits, and parts of one run get streams of their own."""

from __future__ import annotations

import zlib

import numpy as np

__all__ = ["generator", "sample_rows"]


def generator(seed: int, *purpose: str) -> np.random.Generator:
    """A generator for one purpose of one run; different purposes never share a stream.

    Parameters
    ----------
    seed : the run's seed.
    purpose : words that name what the numbers are for.
    """
    return np.random.default_rng([seed, *(zlib.crc32(word.encode()) for word in purpose)])


def sample_rows(n: int, most: int, seed: int, *purpose: str) -> np.ndarray:
    """Sorted numbers of ``min(n, most)`` different rows out of ``n``, all of them when they fit."""
    if n <= most:
        return np.arange(n)
    return np.sort(generator(seed, *purpose).choice(n, size=most, replace=False))
