"""A fresh interpreter starts quickly."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest


def seconds(*command):
    """Processor seconds of the fastest of several fresh runs; other work on the machine does not count."""
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


@pytest.mark.parametrize("names", ["pellucid", "pellucid, pellucid.attribution, pellucid.plots, pellucid.models"])
def test_importing_takes_less_than_150_ms_over_numpy(names):
    numpy = seconds(sys.executable, "-c", "import numpy")
    assert seconds(sys.executable, "-c", f"import numpy, {names}") - numpy < 0.15


def test_help_takes_less_than_300_ms():
    assert seconds(sys.executable, "-m", "pellucid.cli.main", "--help") < 0.3
