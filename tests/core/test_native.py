"""The door to the engine: instruction-set paths and thread counts."""

import os

import pytest

from pellucid.core import native
from pellucid.core.errors import ParameterError


def test_the_path_in_use_is_the_first_available_one():
    available = [path.name for path in native.simd_paths() if path.available]
    assert native.simd_path() == available[0]
    assert available[-1] == "portable"


def test_every_path_that_cannot_run_says_why():
    assert all(path.available == (path.reason == "") for path in native.simd_paths())


def test_a_path_can_be_forced_and_goes_back():
    before = native.simd_path()
    with native.forced_simd_path("portable"):
        assert native.simd_path() == "portable"
    assert native.simd_path() == before


def test_an_unknown_path_is_refused():
    message = r"'sse9' cannot run on this processor; use one of .*portable"
    with pytest.raises(ParameterError, match=message), native.forced_simd_path("sse9"):
        pass


def test_the_environment_sets_the_number_of_threads(monkeypatch):
    monkeypatch.setenv("PELLUCID_THREADS", "3")
    assert native.default_threads() == 3
    assert native.thread_count(None) == 3
    assert native.thread_count(2) == 2


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5"])
def test_a_bad_number_in_the_environment_is_refused(monkeypatch, value):
    monkeypatch.setenv("PELLUCID_THREADS", value)
    with pytest.raises(ParameterError, match=f"PELLUCID_THREADS is '{value}'"):
        native.default_threads()


def test_no_more_threads_than_processors_by_default(monkeypatch):
    monkeypatch.delenv("PELLUCID_THREADS", raising=False)
    assert 1 <= native.default_threads() <= len(os.sched_getaffinity(0))


@pytest.mark.parametrize("threads", [0, -2, 1.5, "4", True])
def test_a_bad_thread_count_is_refused(threads):
    with pytest.raises(ParameterError, match="give a whole number from 1"):
        native.thread_count(threads)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "200000 100000\n"}, 2),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "10000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, native.MOST_THREADS),
        ({"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, native.MOST_THREADS),
        ({"cpu.max": "garbage"}, native.MOST_THREADS),
        ({}, native.MOST_THREADS),
    ],
)
def test_the_control_group_limits_the_processors(tmp_path, files, expected):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert native.cgroup_processors(tmp_path) == expected
