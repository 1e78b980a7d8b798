"""Requests to a service: when each may start, which are repeated after how long, and many of them in flight."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Any

from pellucid.core.errors import ModelFailedError
from pellucid.core.progress import track

__all__ = ["BusyError", "Calls", "Pace", "UnansweredError", "in_flight"]

#: seconds that back-off never exceeds
LONGEST = 60.0


class BusyError(ModelFailedError):
    """The service did not take the request, so asking again does no harm.

    Parameters
    ----------
    seconds : how long it asks to wait; None leaves it to the back-off, and the repeats are counted.
    said : what happened, in words that follow the name of the service.
    """

    def __init__(self, seconds: float | None = None, said: str = "is busy") -> None:
        super().__init__(said)
        self.seconds = seconds


class UnansweredError(OSError):
    """A request may or may not have been processed, and there is no usable answer to it."""


class Pace:
    """When the next request may start, for all that are in flight together.

    Parameters
    ----------
    rate : the most requests a second; None sets no limit.
    """

    def __init__(self, rate: float | None) -> None:
        self._interval = 0.0 if rate is None else 1.0 / rate
        self._next = 0.0
        self._lock = threading.Lock()

    def hold(self, seconds: float) -> None:
        """No request starts for so long."""
        with self._lock:
            self._next = max(self._next, monotonic() + seconds)

    def turn(self, stop: Event) -> bool:
        """Wait until a request may start; False where ``stop`` came first."""
        while not stop.is_set():
            with self._lock:
                now = monotonic()
                left = self._next - now
                if left <= 0:
                    self._next = now + self._interval
                    return True
            stop.wait(left)
        return False


@dataclass(frozen=True, eq=False)
class Calls:
    """One request after the other until it is answered or given up.

    Parameters
    ----------
    ask : a batch → the answers to it.
    pace : when a request may start.
    allowed : errors after which the request may be repeated.
    retries : repeats of one request after such errors.
    backoff : seconds before the first repeat; doubled before each further one, and each wait is shortened by up to a
        half at random, so that clients which failed together do not come back together.
    patience : seconds in all that one request waits for a service which says that it is busy.
    """

    ask: Callable[[Any], Any]
    pace: Pace
    allowed: tuple[type[Exception], ...]
    retries: int
    backoff: float
    patience: float

    def answer(self, question: Callable[[], Any], stop: Event, sent: Callable[[bool], None]) -> Any:
        """The answer to one request.

        Parameters
        ----------
        question : makes the batch anew, since ``ask`` may write into what it gets.
        stop : ends the waiting.
        sent : called before each request with whether it is a repeat.

        Returns
        -------
        What ``ask`` gave; None where ``stop`` came first.

        Raises
        ------
        ModelFailedError : it was given up, in words that follow the name of the service.
        """
        failures, told, waited = 0, 0, 0.0
        while self.pace.turn(stop):
            sent(bool(failures + told))
            try:
                return self.ask(question())
            except Exception as error:  # whatever a foreign function raises becomes one sentence
                if isinstance(error, BusyError) and error.seconds is not None:
                    told += 1
                    waited += error.seconds
                    if waited > self.patience:
                        raise ModelFailedError(_too_long(error, waited, self.patience)) from error
                    self.pace.hold(error.seconds)
                    continue
                failures += 1
                if failures > self.retries or not isinstance(error, (BusyError, *self.allowed)):
                    raise ModelFailedError(_reason(error, failures, self.allowed)) from error
                stop.wait(self._delay(failures))
        return None

    def _delay(self, count: int) -> float:
        longest: float = min(LONGEST, self.backoff * 2 ** min(count - 1, 30))
        return longest * random.uniform(0.5, 1.0)


def in_flight(work: Callable[[int, Event], None], count: int, *, most: int, label: str, show: bool | None) -> None:
    """Do ``work(k, stop)`` for every k below count, so many at a time, in threads.

    An error lets what is in flight finish and starts no more. Ctrl-C does not wait: what is in flight finishes behind
    the caller's back.

    Parameters
    ----------
    show : a progress bar; None shows it on a terminal or notebook, where there is more than one to do.
    """
    stop = Event()
    pool = ThreadPoolExecutor(min(most, count), thread_name_prefix="pellucid-service")
    futures = [pool.submit(_stopping, work, k, stop) for k in range(count)]
    try:
        for future in track(as_completed(futures), total=count, label=label, show=show if count > 1 else False):
            future.result()
    except BaseException as error:
        stop.set()
        pool.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
        raise
    pool.shutdown()


def _stopping(work: Callable[[int, Event], None], k: int, stop: Event) -> None:
    """An error stops the others before this thread takes up the next one."""
    try:
        work(k, stop)
    except BaseException:
        stop.set()
        raise


def _too_long(error: BusyError, waited: float, patience: float) -> str:
    return f"{error} and asks to wait {waited:,.3g} s in all, longer than patience={patience:g}"


def _reason(error: Exception, times: int, allowed: tuple[type[Exception], ...]) -> str:
    said = str(error).rstrip(".")
    if not isinstance(error, ModelFailedError | UnansweredError):
        said = f"raised {type(error).__name__}: {said}"
    if times > 1:
        return f"{said}, {times} times in a row"
    if isinstance(error, OSError) and not allowed:
        return f"{said}, and was not asked again, which idempotent=True allows where asking twice does no harm"
    return said
