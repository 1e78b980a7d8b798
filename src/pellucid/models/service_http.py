"""Rows to an HTTP service as JSON, and its answers back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np

from pellucid.core.errors import ModelFailedError, ParameterError
from pellucid.models.service_calls import BusyError, UnansweredError

if TYPE_CHECKING:
    from urllib.error import HTTPError

__all__ = ["Post", "instances", "predictions", "service_name"]

#: answers that say the request was not taken, and those after which it may succeed
BUSY = (429, 503)
PASSING = (408, 425)
SHOWN = 200


@dataclass(frozen=True, eq=False)
class Post:
    """A function from a batch to the answers of a service.

    Parameters
    ----------
    url : http or https.
    encode : a batch → what is sent as JSON, or bytes that are sent as they are.
    decode : what came back, read as JSON → one number, or one line of numbers, a row.
    headers : sent with each request; never shown.
    timeout : seconds to wait for the service.
    """

    url: str
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    headers: Mapping[str, str] = field(repr=False)
    timeout: float

    def __call__(self, batch: Any) -> Any:
        """Ask once.

        Raises
        ------
        BusyError : answer 429 or 503, or the connection was refused: the request was not processed.
        UnansweredError : any other 5xx, 408, 425, a lost connection or a body that is no JSON.
        ModelFailedError : any other answer than 2xx.
        """
        body = self._body(self.encode(batch))
        return self.decode(_parsed(self._posted(body)))

    def _body(self, encoded: Any) -> bytes:
        return encoded if isinstance(encoded, bytes) else json.dumps(_plain(encoded), allow_nan=False).encode()

    def _posted(self, body: bytes) -> bytes:
        from http.client import HTTPException
        from urllib.error import HTTPError, URLError
        from urllib.request import Request, urlopen

        headers = {"Content-Type": "application/json", "Accept": "application/json", **self.headers}
        try:
            with urlopen(Request(self.url, body, headers, method="POST"), timeout=self.timeout) as response:
                return bytes(response.read())
        except HTTPError as error:
            with error:
                raise _refusal(error) from error
        except (URLError, HTTPException, OSError) as error:
            reason = error.reason if isinstance(error, URLError) else error
            if isinstance(reason, ConnectionRefusedError):
                raise BusyError(said="refused the connection") from error
            raise UnansweredError(f"gave no answer ({type(reason).__name__}: {reason})") from error


def instances(batch: Any) -> dict[str, Any]:
    """``{"instances": [...]}``, as TensorFlow Serving, KServe and MLflow take it.

    A row of a frame is an object with the columns' names, a row of anything else is as it is.
    """
    if isinstance(batch, np.ndarray | list | tuple):
        return {"instances": batch}
    import narwhals as nw

    return {"instances": nw.from_native(batch, eager_only=True).rows(named=True)}


def predictions(answer: Any) -> Any:
    """``{"predictions": [...]}`` or the list itself.

    Raises
    ------
    ModelFailedError : an object without predictions.
    """
    if not isinstance(answer, Mapping):
        return answer
    if "predictions" not in answer:
        found = ", ".join(map(repr, list(answer)[:8]))
        raise ModelFailedError(f"answered an object without 'predictions' (it has {found or 'nothing'}); pass decode=")
    return answer["predictions"]


def service_name(url: str) -> str:
    """The address without password and query; a query is told from others by a mark.

    Raises
    ------
    ParameterError : the address is not one of http or https.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ParameterError(f"Service.http: url must be an http or https address, got {url!r}.")
    mark = blake2b(parts.query.encode(), digest_size=4).hexdigest() if parts.query else ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, mark, ""))


def _plain(value: Any) -> Any:
    """The value in JSON's own types; what is missing is null."""
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if value != value or type(value).__name__ == "NAType":  # noqa: PLR0124 - NaN alone differs from itself
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise UnansweredError(f"answered with something that is not JSON: {_start(body)}") from error


def _refusal(error: HTTPError) -> Exception:
    if error.code in BUSY:
        return BusyError(_seconds(error.headers.get("Retry-After")), f"answered {error.code} {error.reason}")
    said = f"answered {error.code} {error.reason}: {_start(_read(error))}"
    return UnansweredError(said) if error.code in PASSING or error.code >= 500 else ModelFailedError(said)


def _read(error: HTTPError) -> bytes:
    from http.client import HTTPException

    try:
        return bytes(error.read(SHOWN + 1))
    except (HTTPException, OSError):
        return b""


def _start(body: bytes) -> str:
    text = " ".join(body[: SHOWN + 1].decode("utf-8", "replace").split())
    return repr(text[:SHOWN] + "…" if len(text) > SHOWN else text)


def _seconds(told: str | None) -> float | None:
    """Retry-After is a number of seconds, or the date when to come back."""
    if told is None:
        return None
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
