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
