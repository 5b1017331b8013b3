"""The store's own code on another SQLite: apsw, whose file system layer can be watched and made to fail.

The standard library's SQLite takes no file system from outside, so `vespera_sql` runs here, unchanged, on connections
that look like those of `sqlite3` and are apsw's. Only the name ``sqlite3`` in `vespera_sql.connection` is exchanged:
pragmas, transactions, SQL texts, writer, units and readers are the shipping ones.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import apsw
import pytest

FULL_SYNC = "PRAGMA synchronous = FULL"


class Cursor:
    """What came of one statement, fetched at once."""

    def __init__(self, rows: list[tuple[Any, ...]], rowcount: int, lastrowid: int) -> None:
        self._rows = iter(rows)
        self.rowcount = rowcount
        self.lastrowid = lastrowid

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)


class Connection:
    """The part of `sqlite3.Connection` that vespera_sql uses."""

    def __init__(self, engine: Engine, uri: str, timeout: float) -> None:
        self._engine = engine
        with _as_sqlite3():
            flags = apsw.SQLITE_OPEN_URI | apsw.SQLITE_OPEN_READWRITE
            self._connection = apsw.Connection(uri, flags=flags, vfs=engine.vfs)
            self._connection.set_busy_timeout(int(timeout * 1000))
            if engine.autocheckpoint is not None:
                self._connection.execute(f"PRAGMA wal_autocheckpoint = {engine.autocheckpoint}")

    @property
    def in_transaction(self) -> bool:
        return bool(self._connection.in_transaction)

    @property
    def total_changes(self) -> int:
        return int(self._connection.total_changes())

    def execute(self, text: str, values: Sequence[Any] = ()) -> Cursor:
        if text == FULL_SYNC:
            self._engine.asked_for_full_sync += 1
            text = f"PRAGMA synchronous = {self._engine.synchronous}"
        with _as_sqlite3():
            rows = list(self._connection.execute(text, tuple(values)))
            return Cursor(rows, self._connection.changes(), self._connection.last_insert_rowid())

    def executemany(self, text: str, rows: Sequence[Sequence[Any]]) -> Cursor:
        with _as_sqlite3():
            self._connection.executemany(text, [tuple(row) for row in rows])
            return Cursor([], self._connection.changes(), self._connection.last_insert_rowid())

    def close(self) -> None:
        with _as_sqlite3():
            self._connection.close()


class Engine:
    """Stands for the module `sqlite3` where vespera_sql opens its connections.

    `synchronous` other than FULL is the planted bug of the power-loss suite; `autocheckpoint` brings checkpoints into
    short runs.
    """

    Error = sqlite3.Error
    Connection = sqlite3.Connection

    def __init__(self, vfs: str, *, synchronous: str = "FULL", autocheckpoint: int | None = None) -> None:
        self.vfs = vfs
        self.synchronous = synchronous
        self.autocheckpoint = autocheckpoint
        self.asked_for_full_sync = 0

    def connect(self, name: str, *, timeout: float, **_other: Any) -> Connection:
        return Connection(self, name, timeout)


@contextmanager
def running_on(engine: Engine) -> Iterator[Engine]:
    """Let vespera_sql open its connections on `engine` for the length of a block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vespera_sql.connection.sqlite3", SimpleNamespace(connect=engine.connect, Error=sqlite3.Error))
        yield engine
    assert engine.asked_for_full_sync, "the store opened no connection on this engine, or asked for no durability"


@contextmanager
def _as_sqlite3() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        raise _translated(error) from error


def _translated(error: apsw.Error) -> sqlite3.Error:
    kind: type[sqlite3.Error] = sqlite3.OperationalError
    if isinstance(error, apsw.ConstraintError):
        kind = sqlite3.IntegrityError
    elif isinstance(error, apsw.CorruptError | apsw.NotADBError):
        kind = sqlite3.DatabaseError
    made = kind(str(error))
    made.sqlite_errorcode = error.extendedresult
    made.sqlite_errorname = type(error).__name__
    return made
