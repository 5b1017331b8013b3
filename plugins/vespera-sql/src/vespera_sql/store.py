"""The opened store: a writer, a pool of readers, and care for the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

from vespera_core.errors import StoreCorrupt, StoreFault
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.storage import Finding, Reader, Storage, UnitOfWork
from vespera_sql.connection import SCHEMA_VERSION, connect, store_path
from vespera_sql.faults import fault_of, translated
from vespera_sql.reader import SqlReader
from vespera_sql.unit import SqlUnit
from vespera_sql.writer import Writer

T = TypeVar("T")


def open_store(settings: dict[str, Any], context: OpenContext) -> SqlStorage:
    """Open the file, upgrading an older one (after a copy) and refusing a newer one."""
    path = store_path(settings, context)
    busy_seconds, cache_mb = float(settings["busy_seconds"]), int(settings["cache_mb"])
    with translated(path):
        connection = connect(path, busy_seconds, cache_mb=cache_mb)
        try:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        except BaseException:
            connection.close()
            raise
    if version != SCHEMA_VERSION:
        connection.close()
        _adopt(path, version, busy_seconds)
        return open_store(settings, context)
    return SqlStorage(path, connection, context.clock, busy_seconds, cache_mb)


def _adopt(path: Path, version: int, busy_seconds: float) -> None:
    from vespera_sql.migrate import newer, upgrade

    if version > SCHEMA_VERSION:
        raise newer(path, version)
    if path.stat().st_size == 0 or version == 0:
        raise StoreFault(
            f"{path} holds no store of Vespera.",
            next="Run 'vespera init' in a fresh folder, or bring a backup back with 'vespera restore-backup FILE'.",
        )
    with translated(path):
        upgrade(path, busy_seconds)


class SqlStorage(Storage):
    """One SQLite file. Readers see the last committed state and are never blocked by the writer."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, clock: Callable[[], int], busy_seconds: float, cache_mb: int
    ) -> None:
        self.path = path
        self._cache_mb = cache_mb
        self._busy_seconds = busy_seconds
        self._idle: list[sqlite3.Connection] = [connection]
        self._guard = Lock()
        self._clock = clock
        self._writer: Writer | None = None
        self._closed = False

    def _take(self) -> sqlite3.Connection:
        with self._guard:
            if self._closed:
                raise StoreFault("The store is closed.", next="Open it again.")
            if self._idle:
                return self._idle.pop()
        return connect(self.path, self._busy_seconds, cache_mb=self._cache_mb)

    def _give(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    @contextmanager
    def read(self) -> Iterator[Reader]:
        with translated(self.path):
            connection = self._take()
        try:
            connection.execute("BEGIN")
            yield SqlReader(connection)
        except sqlite3.Error as error:  # an OSError of whoever reads is no fault of the store
            raise fault_of(error, self.path) from error
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._give(connection)

    def write(self, work: Callable[[UnitOfWork], T]) -> T:
        writer = self._writer
        if writer is None:
            writer = self._start_writer()
        return writer.run(work)

    def _start_writer(self) -> Writer:
        with translated(self.path):
            connection = self._take()
        with self._guard:
            if self._writer is None:
                self._writer = Writer(self.path, connection, self._clock, self._busy_seconds)
                return self._writer
        self._give(connection)
        return self._writer

    def backup(self, target: Path) -> None:
        with translated(target):
            part = target.with_name(target.name + ".part")
            with closing(connect(self.path, self._busy_seconds)) as source, closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
                faults = copy.execute("PRAGMA integrity_check").fetchall()
                copy.execute("PRAGMA journal_mode = DELETE")
            if faults != [("ok",)]:
                part.unlink()
                raise StoreCorrupt(f"The copy of {self.path} is damaged: {faults[0][0]}.")
            sync_file(part)
            part.replace(target)

    def optimise(self) -> str:
        from vespera_sql import care

        def run(step: Callable[[sqlite3.Connection], int]) -> int:
            return self.write(lambda unit: cast("SqlUnit", unit).directly(step))

        steps = care.merge_texts(run)
        run(care.refresh_statistics)
        with translated(self.path):
            return f"text index: {steps} steps; {care.checkpoint(self.path)}"

    def figures(self) -> dict[str, int]:
        from vespera_sql import care

        with translated(self.path):
            return care.figures(self.path)

    def check(self) -> list[Finding]:
        from vespera_sql.checks import findings

        with translated(self.path), closing(connect(self.path, self._busy_seconds)) as connection:
            return findings(connection)

    def close(self) -> None:
        with self._guard:
            idle, self._idle = self._idle, []
            writer, self._writer = self._writer, None
            self._closed = True
        for connection in idle:
            connection.close()
        if writer is not None:
            writer.close()


def sync_file(path: Path) -> None:
    """Flush a finished file to the disk before it takes its name."""
    import os

    with path.open("rb") as stream:
        os.fsync(stream.fileno())
