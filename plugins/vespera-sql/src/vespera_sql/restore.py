"""Restoring: a backup becomes the store, after it was verified and without losing what was there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from vespera_core.errors import Refused, StoreCorrupt, StoreFault
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.storage import Storage
from vespera_sql.connection import SCHEMA_VERSION, connect, store_path
from vespera_sql.faults import translated
from vespera_sql.lock import FileLock
from vespera_sql.migrate import newer, read_version
from vespera_sql.store import open_store, sync_file

_BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file. Left over from a file that is gone, it would be played into the next one."""


def restore_store(
    settings: dict[str, Any], context: OpenContext, backup: Path, check: Callable[[Storage], None]
) -> tuple[Path, Path | None]:
    """Put a verified copy of `backup` in place; answers the store's path, and where the old file is kept.

    Raises Refused where the store holds tasks, and StoreCorrupt or StoreNewer for a backup that is not fit.
    """
    path = store_path(settings, context)
    busy_seconds = float(settings["busy_seconds"])
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_suffix(".lock"))
    try:
        with lock.held(busy_seconds):
            word = _present_state(path, busy_seconds)
            part = path.with_name(path.name + ".restoring")
            try:
                _copy(backup, part, busy_seconds)
                _verify(settings, context, part, check)
                aside = _move_aside(path, word)
                part.replace(path)
            finally:
                _forget(part)
            _sync_folder(path.parent)
            return path, aside
    finally:
        lock.close()


def _present_state(path: Path, busy_seconds: float) -> str:
    """A word for the file that is there: it may be moved aside if it is ``damaged`` or ``empty``. Raises Refused."""
    if not path.exists():
        return "leftover"
    try:
        with translated(path), closing(connect(path, busy_seconds)) as connection:
            version = read_version(connection)
            faults = connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]
            if version > SCHEMA_VERSION:
                raise newer(path, version)
            if faults or version == 0:
                return "damaged"
            held = connection.execute("SELECT count(*) FROM task").fetchone()[0]
    except StoreCorrupt:
        return "damaged"
    if held:
        raise Refused(
            f"The store {path} holds {held:,} tasks; a backup never takes the place of a store that is in use.",
            tasks=held,
            next="Bring the backup back beside it, in another folder: 'vespera -C OTHER restore-backup FILE'.",
        )
    return "empty"


def _copy(backup: Path, part: Path, busy_seconds: float) -> None:
    """A copy by SQLite itself, which reads a consistent state whatever else happens to the backup."""
    _forget(part)
    with translated(backup):
        source = sqlite3.connect(f"file:{quote(str(backup))}?mode=ro", uri=True, timeout=busy_seconds)
        with closing(source), closing(sqlite3.connect(part)) as copy:
            version = read_version(source)
            if version > SCHEMA_VERSION:
                raise newer(backup, version)
            if version == 0:
                raise StoreFault(f"{backup} is no backup of Vespera.", next="Name a file that 'vespera backup' made.")
            source.backup(copy)
            faults = copy.execute("PRAGMA integrity_check(5)").fetchall()
            if faults != [("ok",)]:
                raise StoreCorrupt(f"The backup {backup} is damaged: {faults[0][0]}.", next="Try an older backup.")
            copy.execute("PRAGMA journal_mode = WAL")


def _verify(settings: dict[str, Any], context: OpenContext, part: Path, check: Callable[[Storage], None]) -> None:
    storage = open_store({**settings, "path": str(part.absolute())}, context)
    try:
        check(storage)
    finally:
        storage.close()
    sync_file(part)


def _move_aside(path: Path, word: str) -> Path | None:
    """Give the old file, and what lies beside it, the first free name of its kind; never remove it."""
    there = [suffix for suffix in ("", *_BESIDE) if Path(f"{path}{suffix}").exists()]
    if not there:
        return None
    number = 1
    while any(path.parent.glob(f"{path.name}.{word}-{number}*")):
        number += 1
    kept = path.with_name(f"{path.name}.{word}-{number}")
    for suffix in there:
        Path(f"{path}{suffix}").replace(f"{kept}{suffix}")
    return kept if "" in there else Path(f"{kept}{there[0]}")


def _forget(part: Path) -> None:
    for suffix in ("", *_BESIDE):
        Path(f"{part}{suffix}").unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    import os

    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
