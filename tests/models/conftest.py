"""The slow walker that every model reader is checked against."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def route():
    """``route(forest, X) -> (rows, outputs)``; see ``route.py``."""
    spec = importlib.util.spec_from_file_location("route", Path(__file__).with_name("route.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.route


@pytest.fixture
def one_thread():
    """OpenMP threads of scikit-learn wait for each other in a loop, which takes seconds on a busy machine."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
