"""Each different row is asked about once, its answer kept as it arrives, and a few are asked about again."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ModelFailedError
from pellucid.core.inputs import Inputs
from pellucid.models.service_cache import AnswerCache
from pellucid.models.service_calls import Calls, in_flight
from pellucid.models.service_rows import row_keys

__all__ = ["Asking"]

#: key → the answer, and whether it is from an earlier run
Known = Mapping[bytes, tuple[NDArray[np.float64], bool]]


class Asking:
    """What a service was asked and has answered.

    Parameters
    ----------
    name, calls, cache : of the service, how it is called, and where answers are kept.
    batch_size, concurrency, probe, tolerance, progress : as in :class:`~pellucid.models.Service`.
    width : number of outputs; None takes that of the first answer.
    """

    def __init__(
        self,
        name: str,
        calls: Calls,
        cache: AnswerCache,
        *,
        batch_size: int,
        concurrency: int,
        probe: int,
        tolerance: float,
        width: int | None,
        progress: bool | None,
    ) -> None:
        self.name, self.width = name, width
        self._calls, self._cache = calls, cache
        self._batch_size, self._concurrency, self._progress = batch_size, concurrency, progress
        self._probe, self._tolerance = probe, tolerance
        #: answers of earlier runs (True) and of this one (False) are probed once each
        self._unprobed = {True, False} if probe else set()
        self._one_at_a_time, self._counting = threading.Lock(), threading.Lock()
        self._rows = self._answered = self._requests = self._repeats = 0

    def answers(self, rows: Inputs) -> NDArray[np.float64]:
        """(rows, outputs) answers, those not known asked for; see :meth:`~pellucid.models.Service.predict`."""
        keys = row_keys(rows)
        first: dict[bytes, int] = {}
        for number, key in enumerate(keys):
            first.setdefault(key, number)
        with self._one_at_a_time:
            self._rows += len(keys)
            known = self._known(first)
            self._ask_again(rows, first, known)
            unknown = {key: number for key, number in first.items() if key not in known}
            if unknown:
                self._ask(rows, unknown)
                known = {**known, **self._known(unknown)}
                self._ask_again(rows, first, known)
        return np.array([known[key][0] for key in keys])

    def account(self) -> str:
        """How many rows were asked about, and how many of them were known."""
        repeats = f", {self._repeats:,} of them repeats" if self._repeats else ""
        return (
            f"since service {self.name} was opened, {self._rows:,} rows were asked about: {self._answered:,} answered "
            f"in {self._requests:,} requests{repeats}, the others known already, in {self._place()}"
        )

    def _place(self) -> str:
        return "memory" if self._cache.path is None else self._cache.path.name

    def _known(self, first: Mapping[bytes, int]) -> Known:
        known = self._cache.get(list(first))
        for answer, _ in known.values():
            self._check_width(len(answer), f"has answers in {self._place()} with")
        return known

    def _check_width(self, width: int, said: str) -> None:
        if self.width is None and width:
            self.width = width
        if width != self.width:
            raise ModelFailedError(
                f"service {self.name} {said} {width} outputs where there should be {self.width}; "
                f"pass output_names=[...], one for each output, and a cache of the same model."
            )

    def _ask(self, rows: Inputs, unknown: Mapping[bytes, int]) -> None:
        keys, before = list(unknown), self._answered
        batches = [keys[start : start + self._batch_size] for start in range(0, len(keys), self._batch_size)]

        def work(k: int, stop: Event) -> None:
            numbers = [unknown[key] for key in batches[k]]
            answer = self._request(rows, numbers, stop)
            if answer is not None:
                self._keep(batches[k], numbers, rows, answer)

        try:
            in_flight(work, len(batches), most=self._concurrency, label=f"asking {self.name}", show=self._progress)
        except ModelFailedError as error:
            raise ModelFailedError(self._stopped(error, self._answered - before, len(keys))) from error.__cause__

    def _request(self, rows: Inputs, numbers: Sequence[int], stop: Event) -> Any:
        return self._calls.answer(lambda: _given(rows, numbers), stop, self._count)

    def _keep(self, keys: Sequence[bytes], numbers: Sequence[int], rows: Inputs, answer: Any) -> None:
        """Keep the answers of a batch, the good ones also where one is bad."""
        answers = self._read(answer, len(numbers))
        good = np.asarray(np.isfinite(answers).all(axis=1))
        self._cache.put([key for key, fine in zip(keys, good, strict=True) if fine], answers[good])
        with self._counting:
            self._answered += int(good.sum())
        if not good.all():
            bad = int(np.flatnonzero(~good)[0])
            raise ModelFailedError(
                f"answered row {numbers[bad]}, {_shown(rows, numbers[bad])}, with {answers[bad].tolist()}, and "
                f"explanations need finite numbers"
            )

    def _read(self, answer: Any, count: int) -> NDArray[np.float64]:
        try:
            answers = np.asarray(answer, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ModelFailedError(f"answered {count} rows with something other than numbers ({error})") from error
        answers = answers[:, np.newaxis] if answers.ndim == 1 else answers
        with self._counting:
            if self.width is None and answers.ndim == 2 and len(answers) == count:
                self.width = answers.shape[1]
        if answers.shape != (count, self.width):
            wanted = f"{count} rows" if self.width is None else f"shape {(count, self.width)}"
            raise ModelFailedError(f"answered {count} rows with shape {answers.shape} where {wanted} are needed")
        return answers

    def _count(self, repeat: bool) -> None:
        with self._counting:
            self._requests += 1
            self._repeats += repeat

    def _stopped(self, error: ModelFailedError, answered: int, of: int) -> str:
        kept = f"kept in {self._cache.path}" if self._cache.path is not None else "kept as long as the Service lives"
        return (
            f"service {self.name} {str(error).rstrip('.')}; {answered:,} of {of:,} rows were answered and are {kept}, "
            f"so that asking again goes on from there."
        )

    def _ask_again(self, rows: Inputs, first: Mapping[bytes, int], known: Known) -> None:
        """Whether the service answers a few known rows as it did, in another batch than before."""
        for earlier in sorted(self._unprobed):
            keys = [key for key in first if key in known and known[key][1] is earlier][: self._probe]
            if len(keys) == self._probe < len(first):
                self._compare(rows, [first[key] for key in keys], np.array([known[key][0] for key in keys]), earlier)
                self._unprobed.discard(earlier)

    def _compare(self, rows: Inputs, numbers: list[int], before: NDArray[np.float64], earlier: bool) -> None:
        now = self._second_answers(rows, numbers)
        gaps = np.abs(now - before).max(axis=1)
        worst = int(gaps.argmax())
        if not gaps[worst] <= self._tolerance * np.abs(before).max():
            when, remedy = (
                ("in an earlier run", "another cache if the model has changed, ") if earlier else ("first", "")
            )
            raise ModelFailedError(
                f"service {self.name} answered row {numbers[worst]}, {_shown(rows, numbers[worst])}, with "
                f"{before[worst].tolist()} {when} and with {now[worst].tolist()} when asked again; pass {remedy}"
                f"a larger tolerance= if it only wavers, or probe=0 to take its first answers."
            )

    def _second_answers(self, rows: Inputs, numbers: list[int]) -> NDArray[np.float64]:
        batches = [numbers[start : start + self._batch_size] for start in range(0, len(numbers), self._batch_size)]
        try:
            return np.concatenate([self._read(self._request(rows, some, Event()), len(some)) for some in batches])
        except ModelFailedError as error:
            raise ModelFailedError(
                f"service {self.name} {str(error).rstrip('.')}, when asked again about rows that it had answered; "
                f"those answers are kept, and probe=0 does not ask again."
            ) from error.__cause__


def _given(rows: Inputs, numbers: Sequence[int]) -> Any:
    """A copy of some rows in the kind that the caller explains."""
    return rows.rows(np.array(numbers)).given()


def _shown(rows: Inputs, number: int, most: int = 80) -> str:
    text = " ".join(str(_given(rows, [number])).split())
    return text if len(text) <= most else text[:most] + "…"
