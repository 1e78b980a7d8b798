"""What tests of kernels have in common: random shapes, seeds and players, precisions, paths, and how near is near."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from pellucid.core.native import simd_paths

EXACT, DEFAULT = 1e-12, 1e-5
TOLERANCES = pytest.mark.parametrize(("exact", "tolerance"), [(True, EXACT), (False, DEFAULT)])
PATHS = [pytest.param(p.name, marks=pytest.mark.skipif(not p.available, reason=p.reason)) for p in simd_paths()]
AVAILABLE = [path.name for path in simd_paths() if path.available]

seeds = st.integers(0, 2**32 - 1)


def shapes(*, n_features=(1, 5), n_trees=(0, 4), depth=(0, 6), zero_covers=True, **more):
    """Arguments of :func:`tests.native.forests.random_forest`, numbers from ranges with both ends."""
    ranges = {"n_features": n_features, "n_trees": n_trees, "depth": depth, "n_outputs": (1, 3)}
    drawn = {name: st.integers(*ends) for name, ends in ranges.items()}
    covers = {"zero_covers": st.booleans()} if zero_covers else {}
    return st.fixed_dictionaries({**drawn, "vector": st.booleans(), **covers, **more})


def some_players(rng, n_features, grouped=True, *, most=None):
    """The player of each column with no number left out: some map of columns to players, or each column its own."""
    numbers = rng.integers(0, most or n_features, n_features) if grouped else np.arange(n_features)
    return np.unique(numbers, return_inverse=True)[1].astype(np.int32)


def close(got, expected, tolerance=EXACT):
    """Raise AssertionError where numbers differ by more than a part of the largest, or of 1."""
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance * scale)
