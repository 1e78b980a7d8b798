"""A progress bar on terminals and in notebooks, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

__all__ = ["track"]

T = TypeVar("T")


def track(items: Iterable[T], *, total: int | None, label: str, show: bool | None = None) -> Iterator[T]:
    """The same items with a tqdm bar on stderr.

    Parameters
    ----------
    total : how many items there are, when known.
    label : what is being done.
    show : None shows the bar on a terminal or notebook only; True and False force it.
    """
    if show is False or (show is None and not _interactive()):
        yield from items
        return
    from tqdm.auto import tqdm

    yield from tqdm(items, total=total, desc=label, leave=False)


def _interactive() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules
