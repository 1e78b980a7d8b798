"""The only door to the compiled engine: which instructions it uses, how many threads, and its functions."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pellucid import _native as engine
from pellucid.core.errors import ParameterError

__all__ = ["SimdPath", "default_threads", "engine", "forced_simd_path", "simd_path", "simd_paths", "thread_count"]

CGROUP = Path("/sys/fs/cgroup")
MOST_THREADS = 1024

atexit.register(engine.shut_down)


class SimdPath(NamedTuple):
    """One way the engine was compiled."""

    name: str
    available: bool
    reason: str  #: why it cannot run here, or empty


def simd_path() -> str:
    """Name of the instruction-set path in use, such as ``"avx512"`` or ``"portable"``."""
    return engine.simd_path()


def simd_paths() -> tuple[SimdPath, ...]:
    """Every path of this build, best first, with the reason where one cannot run on this processor."""
    return tuple(SimdPath(*path) for path in engine.simd_paths())


@contextmanager
def forced_simd_path(name: str) -> Iterator[None]:
    """Run the engine on one path, for tests and benchmarks; all paths give the same bits.

    Raises
    ------
    ParameterError : the path is unknown or not available on this processor.
    """
    before = simd_path()
    if not engine.force_simd_path(name):
        usable = ", ".join(path.name for path in simd_paths() if path.available)
        raise ParameterError(f"the path {name!r} cannot run on this processor; use one of {usable}")
    try:
        yield
    finally:
        engine.force_simd_path(before)


def default_threads() -> int:
    """Threads used unless told otherwise: ``PELLUCID_THREADS``, else the processors this process may use.

    Those are the ones it is bound to, or fewer where the control group limits its share of processor time.

    Raises
    ------
    ParameterError : ``PELLUCID_THREADS`` is not a positive whole number.
    """
    asked = os.environ.get("PELLUCID_THREADS", "").strip()
    if asked:
        if not asked.isdecimal() or int(asked) == 0:
            raise ParameterError(f"PELLUCID_THREADS is {asked!r}; set it to a whole number from 1, or unset it")
        return min(int(asked), MOST_THREADS)
    return max(1, min(bound_processors(), cgroup_processors(CGROUP)))


def thread_count(threads: int | None) -> int:
    """The number of threads to use for ``threads=``, None meaning the default.

    Raises
    ------
    ParameterError : the number is not a whole number from 1.
    """
    if threads is None:
        return default_threads()
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise ParameterError(f"threads is {threads!r}; give a whole number from 1, or None for all processors")
    return min(threads, MOST_THREADS)


def bound_processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cgroup_processors(root: Path) -> int:
    """Whole processors' worth of time the control group grants (version 2, else 1), or a large number."""
    quota, period = _cgroup_quota(root)
    if quota <= 0 or period <= 0:
        return MOST_THREADS
    return max(1, -(-quota // period))


def _cgroup_quota(root: Path) -> tuple[int, int]:
    try:
        if (root / "cpu.max").exists():
            quota, period = (root / "cpu.max").read_text().split()
            return (0 if quota == "max" else int(quota)), int(period)
        v1 = root / "cpu"
        return int((v1 / "cpu.cfs_quota_us").read_text()), int((v1 / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError):
        return 0, 0
