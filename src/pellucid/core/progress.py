"""A progress bar on terminals and in notebooks, and nowhere else; one bar, however deep the work is nested."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

__all__ = ["quiet", "track"]

T = TypeVar("T")

#: what is shown of steps; a step may be done in part
FORMAT = "{desc}: {percentage:3.0f}%|{bar}| {n:.0f}/{total_fmt} [{elapsed}<{remaining}]"


def track(items: Iterable[T], *, total: int | None, label: str, show: bool | None = None) -> Iterator[T]:
    """The same items with a tqdm bar on stderr, to be looped over by a ``for`` statement.

    Within the loop no other bar appears: the first tracked loop inside each step moves this bar from one step to the
    next, and inside a loop that is not shown, others are not shown either unless they insist. A loop that an error
    ended is forgotten, even where its traceback is kept.

    Parameters
    ----------
    total : how many items there are, when known.
    label : what is being done.
    show : None shows the bar on a terminal or notebook only; True and False force it.
    """
    around = _going_on()
    if around is None or (show and not around.shown):
        inner: _Loop = _Bar(label, total) if show or (show is None and _interactive()) else _Loop()
    else:
        inner = _Part(around, total) if show is not False else _Loop()
    inner.outside, inner.runs_in = around, id(sys._getframe(1))
    _AROUND.set(inner)
    try:
        for item in items:
            yield item
            inner.step()
    finally:
        if _AROUND.get() is inner:
            _AROUND.set(around)
        inner.close()


@contextmanager
def quiet(silenced: bool) -> Iterator[None]:
    """No bar inside, if ``silenced``, but those that insist."""
    around = _going_on()
    _AROUND.set(_Loop() if silenced else around)
    try:
        yield
    finally:
        _AROUND.set(around)


class _Loop:
    """A loop that nobody sees.

    Attributes
    ----------
    outside : the loop around this one.
    runs_in : id of the frame that loops, which is on the stack as long as the loop goes on; None for a ``with`` block.
    """

    shown = False
    outside: _Loop | None = None
    runs_in: int | None = None

    def step(self) -> None:
        """One step is done."""

    def close(self) -> None:
        """All steps are done, or there will be no more."""

    def advance(self, to: float) -> None:
        """The step at hand is done to this part, which never falls."""

    def begin(self) -> bool:
        """Whether a loop inside may say how far the step at hand is: one a step."""
        return False


class _Bar(_Loop):
    """A loop with a bar of its own."""

    shown = True

    def __init__(self, label: str, total: int | None) -> None:
        from tqdm.auto import tqdm

        style: dict[str, Any] = {} if total is None else {"bar_format": FORMAT}
        self._bar = tqdm(total=total, desc=label, leave=False, **style)
        self._done = 0
        self._free = total is not None

    def step(self) -> None:
        self._done += 1
        self._bar.update(self._done - self._bar.n)
        self._free = self._bar.total is not None

    def close(self) -> None:
        self._bar.close()

    def advance(self, to: float) -> None:
        self._bar.update(max(0.0, self._done + to - self._bar.n))

    def begin(self) -> bool:
        free, self._free = self._free, False
        return free


class _Part(_Loop):
    """A loop inside a step of another, whose bar it moves."""

    def __init__(self, around: _Loop, total: int | None) -> None:
        self._around, self._total, self._done = around, total, 0
        self.shown = around.shown
        self._moves = bool(total) and around.begin()
        self._free = self._moves

    def step(self) -> None:
        self._done += 1
        self._free = self._moves
        self.advance(0.0)

    def advance(self, to: float) -> None:
        if self._moves and self._total:
            self._around.advance(min(1.0, (self._done + to) / self._total))

    def begin(self) -> bool:
        free, self._free = self._free, False
        return free


_AROUND: ContextVar[_Loop | None] = ContextVar("the loop around", default=None)


def _going_on() -> _Loop | None:
    """The innermost loop that an error has not ended."""
    frame, stack = sys._getframe(), set()
    while frame.f_back is not None:
        frame = frame.f_back
        stack.add(id(frame))
    loop = _AROUND.get()
    while loop is not None and loop.runs_in is not None and loop.runs_in not in stack:
        loop = loop.outside
    return loop


def _interactive() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules
