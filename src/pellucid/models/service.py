"""A model that is asked over a network, or is otherwise slow, limited or failing."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ArgumentTypeError, ParameterError
from pellucid.core.inputs import read_inputs
from pellucid.core.model import Model
from pellucid.core.params import Constraint, Either, Flag, Fraction, Nothing, Whole, check_settings
from pellucid.core.tables import Table
from pellucid.models.service_asking import Asking
from pellucid.models.service_cache import AnswerCache
from pellucid.models.service_calls import Calls, Pace

__all__ = ["Service"]

TRIED = 2


class Service:
    """A model behind a function that is dear to call; every method takes it where it takes a model.

    Each different row is asked about once, and its answer is kept the moment it arrives: a run that was stopped, killed
    or given up goes on where it was. Answers are the same bits for any ``concurrency``.

    Parameters
    ----------
    ask : a batch of rows → one number, or one line of numbers, a row. The batch is of the kind that is explained: a
        frame, an array, a list. It is called from threads, up to ``concurrency`` at once.
    output_names : one for each output; None asks about the first two rows to count them.
    unit : what the numbers mean.
    feature_names : the columns that the service expects; None takes any.
    batch_size : the most rows in a request.
    concurrency : the most requests in flight.
    rate : the most requests a second; None sets no limit.
    idempotent : whether asking again does no harm when it is not known if a request was processed. Without it only a
        :class:`BusyError` is asked again.
    retry_on : the errors after which an idempotent request is repeated; lost connections and timeouts are OSErrors.
    retries : repeats of one request.
    backoff : seconds before the first repeat, then doubled each time up to 60, each shortened at random by up to half.
    patience : seconds in all that a request waits for a service which says how long to wait.
    cache : a file that keeps the answers, made where there is none; None keeps them as long as the Service lives.
    name : of the service, by which a cache knows its own; None is the function's.
    probe : rows that are asked about again, once where answers of an earlier run are met and once for those of this
        one, to find out whether the service answers the same; 0 trusts it.
    tolerance : how far the second answer may be off, as a part of the largest answer compared; models in float32 that
        compute batches of other sizes are off by less than 1e-5.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting is outside what it may be.
    OutputError, FileFormatError : the cache cannot be written, is damaged, or holds another service's answers.

    Examples
    --------
    >>> from pellucid.models import Service
    >>> asked = []
    >>> def price(rows):
    ...     asked.extend(rows.tolist())
    ...     return rows.sum(axis=1)
    >>> service = Service(price, output_names=["price"], probe=0)
    >>> service.predict([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]])[:, 0].tolist()
    [3.0, 7.0, 3.0]
    >>> asked
    [[1.0, 2.0], [3.0, 4.0]]
    """

    constraints: ClassVar[Mapping[str, Constraint]] = {
        "batch_size": Whole(1),
        "concurrency": Whole(1),
        "rate": Either(Nothing(), Fraction()),
        "idempotent": Flag(),
        "retries": Whole(0),
        "backoff": Fraction(),
        "patience": Fraction(),
        "probe": Whole(0),
        "tolerance": Fraction(),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self,
        ask: Callable[[Any], Any],
        *,
        output_names: Sequence[str] | None = None,
        unit: str = "output",
        feature_names: Sequence[str] | None = None,
        batch_size: int = 100,
        concurrency: int = 1,
        rate: float | None = None,
        idempotent: bool = False,
        retry_on: tuple[type[Exception], ...] = (OSError,),
        retries: int = 5,
        backoff: float = 0.5,
        patience: float = 600.0,
        cache: str | os.PathLike[str] | None = None,
        name: str | None = None,
        probe: int = 2,
        tolerance: float = 1e-5,
        progress: bool | None = None,
    ) -> None:
        if not callable(ask):
            raise ArgumentTypeError(
                f"Service: ask must be a function from a batch of rows to answers, got {type(ask).__name__}; "
                f"for an address use Service.http(url)."
            )
        self.name = name or getattr(ask, "__qualname__", type(ask).__qualname__).rpartition("<locals>.")[2]
        self.unit = unit
        self.output_names = None if output_names is None else tuple(output_names)
        self.feature_names = None if feature_names is None else tuple(feature_names)
        self.batch_size, self.concurrency, self.rate = batch_size, concurrency, rate
        self.idempotent, self.retries, self.backoff, self.patience = idempotent, retries, backoff, patience
        self.probe, self.tolerance, self.progress = probe, tolerance, progress
        check_settings("Service", self.constraints, {setting: getattr(self, setting) for setting in self.constraints})
        allowed = _error_types(retry_on) if idempotent else ()
        self._asking = Asking(
            self.name,
            Calls(ask, Pace(rate), allowed, retries, backoff, patience),
            AnswerCache(cache, self.name),
            batch_size=batch_size,
            concurrency=concurrency,
            probe=probe,
            tolerance=tolerance,
            width=None if self.output_names is None else len(self.output_names),
            progress=progress,
        )

    @classmethod
    def http(
        cls,
        url: str,
        *,
        encode: Callable[[Any], Any] | None = None,
        decode: Callable[[Any], Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        name: str | None = None,
        **settings: Any,
    ) -> Service:
        """A service that takes JSON by POST.

        An answer 429 or 503 is waited out, as long as its Retry-After says; where ``idempotent=True``, any other 5xx, a
        timeout, a lost connection and a body that is no JSON are asked again.

        Parameters
        ----------
        url : http or https.
        encode : a batch → what is sent as JSON, or bytes that are sent as they are; None sends ``{"instances": [...]}``
            with a list for each row of an array and an object for each row of a frame, missing values as null.
        decode : the JSON that came back → one number, or one line of numbers, a row; None takes
            ``{"predictions": [...]}`` or the list itself.
        headers : sent with each request, such as a key; kept out of errors and receipts.
        timeout : seconds to wait for an answer.
        name : as in :class:`Service`; None is the address without password and query.
        settings : the other settings of :class:`Service`.

        Raises
        ------
        ParameterError : the address is not one of http or https, or a setting is outside what it may be.
        """
        from pellucid.models.service_http import Post, instances, predictions, service_name

        check_settings("Service.http", {"timeout": Fraction()}, {"timeout": timeout})
        post = Post(url, encode or instances, decode or predictions, dict(headers or {}), timeout)
        return cls(post, name=name or service_name(url), **settings)

    def model(self, rows: Any = None) -> Model:
        """The service as :class:`~pellucid.core.model.Model`; ``as_model`` calls this.

        Parameters
        ----------
        rows : where ``output_names`` are not given, the service is asked about the first two of them.

        Raises
        ------
        ArgumentTypeError : neither ``output_names`` nor rows.
        ModelFailedError : the service could not be asked.
        """
        if self._asking.width is None:
            self._try(rows)
        names = self.output_names
        count = self._asking.width or 1
        return Model(
            kind=f"service {self.name}",
            native=self,
            predict_native=self.predict,
            output_names=names or (("output",) if count == 1 else tuple(f"output {k}" for k in range(count))),
            unit=self.unit,
            feature_names=self.feature_names,
            n_features=None if self.feature_names is None else len(self.feature_names),
            notes=lambda: (self._asking.account(),),
        )

    def _try(self, rows: Any) -> None:
        if rows is None:
            raise ArgumentTypeError(
                f"how many outputs service {self.name} has cannot be told without asking it; "
                f"pass output_names=[...] to Service, or some rows to try it on."
            )
        read = read_inputs(rows)
        if self.feature_names is not None and isinstance(read, Table):
            read = read.aligned(self.feature_names)
        self.predict(read.rows(slice(0, TRIED)))

    def predict(self, rows: Any) -> NDArray[np.float64]:
        """The answers to rows, each asked about only if its answer is not known.

        Parameters
        ----------
        rows : a table, texts or images.

        Returns
        -------
        (rows, outputs) float64.

        Raises
        ------
        ModelFailedError : a request was given up, an answer was of another shape or no finite number, or the service
            answered differently when asked again; says how many rows were answered, and they are kept.
        ArgumentTypeError : a row holds something that cannot be turned into bytes.
        FileFormatError, OutputError : the cache is damaged or cannot be written.
        """
        return self._asking.answers(read_inputs(rows))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.constraints)
        return f"Service({self.name}, {shown})"


def _error_types(given: Any) -> tuple[type[Exception], ...]:
    if isinstance(given, tuple) and all(isinstance(kind, type) and issubclass(kind, Exception) for kind in given):
        return given
    raise ParameterError(f"Service: retry_on must be a tuple of exception classes, got {given!r}.")
