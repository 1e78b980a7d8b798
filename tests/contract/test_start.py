"""A fresh interpreter starts quickly."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest


def seconds(*command):
    """The fastest of several fresh runs."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return min(times)


@pytest.mark.parametrize("names", ["pellucid", "pellucid, pellucid.attribution, pellucid.plots, pellucid.models"])
def test_importing_takes_less_than_150_ms_over_numpy(names):
    numpy = seconds(sys.executable, "-c", "import numpy")
    assert seconds(sys.executable, "-c", f"import numpy, {names}") - numpy < 0.15


def test_help_takes_less_than_300_ms():
    assert seconds(sys.executable, "-m", "pellucid.cli.main", "--help") < 0.3
