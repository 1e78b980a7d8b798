"""Answers that were paid for, kept in one SQLite file that outlives whatever ends the run."""

from __future__ import annotations

import os
import threading
import weakref
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import FileFormatError, OutputError

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = ["AnswerCache"]

#: "pluc", which marks the file as a cache of this library
MARK = 0x706C7563
FORMAT = 1
#: SQLite built with its old limits takes 999 values at once
AT_ONCE = 900
#: seconds to wait for another process that is writing
PATIENCE = 60.0
CRC = 4


class AnswerCache:
    """Key of a row → the answer to it, committed to disk batch by batch.

    Each answer carries a checksum over key and answer, so a damaged one is never taken for an answer. Several
    processes of one machine may share a file. While it is open, SQLite keeps what is newest in a second file beside it,
    ending in ``-wal``.

    Parameters
    ----------
    path : the file, made where there is none; None keeps the answers in memory.
    owner : which service the answers are from.

    Raises
    ------
    OutputError : the file cannot be written.
    FileFormatError : it is damaged, no cache, of a newer format, or of another service.
    """

    def __init__(self, path: str | os.PathLike[str] | None, owner: str) -> None:
        self.path = None if path is None else Path(path)
        self._owner = owner
        self._lock = threading.Lock()
        self._process = 0
        self._database: Connection
        with self._lock:
            self._connected()
            with self._explained():
                (last,) = self._database.execute("SELECT coalesce(max(number), 0) FROM answers").fetchone()
        #: answers up to this number were there when the cache was opened
        self._last: int = last

    def get(self, keys: Sequence[bytes]) -> dict[bytes, tuple[NDArray[np.float64], bool]]:
        """The answers there are: key → (outputs,) and whether it was there when the cache was opened.

        Raises
        ------
        FileFormatError : the file is damaged.
        """
        found = {}
        with self._lock, self._explained():
            for start in range(0, len(keys), AT_ONCE):
                some = keys[start : start + AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, answer, number FROM answers WHERE key IN ({marks})"
                for key, packed, number in self._connected().execute(query, some):
                    found[key] = self._unpacked(key, packed), number <= self._last
        return found

    def put(self, keys: Sequence[bytes], answers: NDArray[np.float64]) -> None:
        """Keep answers; once this returns, they outlive the process.

        Parameters
        ----------
        keys : one a row.
        answers : (rows, outputs).

        Raises
        ------
        OutputError : the file cannot be written.
        """
        rows = [(key, _packed(key, answer)) for key, answer in zip(keys, answers, strict=True)]
        with self._lock, self._explained(), _transaction(self._connected()) as database:
            database.executemany("INSERT OR IGNORE INTO answers (key, answer) VALUES (?, ?)", rows)

    def _connected(self) -> Connection:
        """The connection of this process, since one must not be carried over a fork."""
        if self._process != os.getpid() and (self.path is not None or not self._process):
            import sqlite3

            with self._explained():
                self._database = sqlite3.connect(
                    ":memory:" if self.path is None else self.path,
                    timeout=PATIENCE,
                    isolation_level=None,
                    check_same_thread=False,
                )
                weakref.finalize(self, self._database.close)
                self._prepare()
                self._database.execute("PRAGMA journal_mode = WAL")
                self._database.execute("PRAGMA synchronous = FULL")
            self._process = os.getpid()
        return self._database

    def _prepare(self) -> None:
        with _transaction(self._database) as database:
            mark, form, tables = (
                database.execute(query).fetchone()[0]
                for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
            )
            if not tables:
                database.execute("CREATE TABLE answers (number INTEGER PRIMARY KEY, key BLOB UNIQUE, answer BLOB)")
                database.execute("CREATE TABLE owner (name TEXT)")
                database.execute("INSERT INTO owner VALUES (?)", (self._owner,))
                database.execute(f"PRAGMA application_id = {MARK}")
                database.execute(f"PRAGMA user_version = {FORMAT}")
            elif mark != MARK:
                raise FileFormatError(f"cache: {self.path} is a database of something else; pass another path.")
            elif form > FORMAT:
                raise FileFormatError(
                    f"cache: {self.path} has format {form} and this pellucid reads up to {FORMAT}; update pellucid."
                )
            self._check_owner(database)

    def _check_owner(self, database: Connection) -> None:
        (owner,) = database.execute("SELECT name FROM owner").fetchone()
        if owner != self._owner:
            raise FileFormatError(
                f"cache: {self.path} holds answers of {owner!r} and this is {self._owner!r}; pass a path of its own, "
                f"or name={owner!r} if both are the same model."
            )

    def _unpacked(self, key: bytes, packed: bytes) -> NDArray[np.float64]:
        body, mark = packed[:-CRC], packed[-CRC:]
        if len(body) % 8 or _checksum(key, body) != mark:
            raise FileFormatError(f"cache: an answer in {self.path} is damaged; delete the file and ask again.")
        return np.frombuffer(body, dtype="<f8").astype(np.float64)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What SQLite says as one sentence."""
        import sqlite3

        try:
            yield
        except sqlite3.OperationalError as error:
            raise OutputError(
                f"cache: {self.path} cannot be used ({error}); pass a path in a folder that can be written to."
            ) from error
        except (sqlite3.DatabaseError, TypeError) as error:
            raise FileFormatError(
                f"cache: {self.path} is damaged or no cache ({error}); delete it or pass another path."
            ) from error


@contextmanager
def _transaction(database: Connection) -> Iterator[Any]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _packed(key: bytes, answer: NDArray[np.float64]) -> bytes:
    body = answer.astype("<f8").tobytes()
    return body + _checksum(key, body)


def _checksum(key: bytes, body: bytes) -> bytes:
    return zlib.crc32(key + body).to_bytes(CRC, "little")
