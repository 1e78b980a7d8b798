"""What every test shares."""

from __future__ import annotations

import os

# Hundreds of small models are trained: spinning OpenMP threads only stand in each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")


@pytest.fixture
def rng():
    return np.random.default_rng(20240917)
