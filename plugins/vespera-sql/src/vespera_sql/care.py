"""Care of the file: tidying up in steps so small that no writer notices, and the sizes to watch."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from vespera_core.errors import StoreBusy
from vespera_sql import sql
from vespera_sql.connection import connect
from vespera_sql.lock import FileLock

_PAGES: Final = 16
"""Pages of the text index that one step merges: a transaction of a few milliseconds."""
_MOST_SECONDS: Final = 2.0
_ROWS_SAMPLED: Final = 400
_LARGE_LOG: Final = 16 * 2**20
_PATIENCE: Final = 0.05

Run = Callable[[Callable[[sqlite3.Connection], int]], int]
"""Runs a step on the writer's connection, in a transaction of its own, behind the works that wait already."""


def merge_texts(run: Run) -> int:
    """Bring the text index together, a few pages a step; answers the steps. What is left is left to the next time."""
    deadline = time.monotonic() + _MOST_SECONDS
    pages, steps = -_PAGES, 0  # a negative number gathers everything into one merge, which the others carry on
    while time.monotonic() < deadline and run(partial(_merge, pages)) > 1:
        pages, steps = _PAGES, steps + 1
    return steps


def _merge(pages: int, connection: sqlite3.Connection) -> int:
    """One step: answers how many rows it changed, which is less than 2 where nothing is left to do."""
    before = connection.total_changes
    connection.execute(sql.TEXT_MERGE, (pages,))
    return connection.total_changes - before


def refresh_statistics(connection: sqlite3.Connection) -> int:
    """Let SQLite look at a sample of the tables that it thinks it should know better."""
    connection.execute(f"PRAGMA analysis_limit = {_ROWS_SAMPLED}")
    connection.execute("PRAGMA optimize")
    return 0


def checkpoint(path: Path) -> str:
    """Bring the log into the file without waiting for anybody; cut a large one off, if nobody is there just then."""
    with closing(connect(path, 0)) as connection:
        _, in_log, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        said = f"{max(moved, 0)} of {max(in_log, 0)} pages of the log in the file"
        if log_bytes(path) < _LARGE_LOG or moved < in_log:
            return said
        lock = FileLock(path.with_suffix(".lock"))
        try:
            with lock.held(_PATIENCE):  # other writers queue there, and would otherwise fall back to polling
                busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except StoreBusy:
            busy = 1
        finally:
            lock.close()
        return said if busy else f"{said}, log cut off"


def log_bytes(path: Path) -> int:
    """The size of the log beside the file; 0 where there is none."""
    try:
        return Path(f"{path}-wal").stat().st_size
    except FileNotFoundError:
        return 0


def figures(path: Path) -> dict[str, int]:
    """The sizes to watch, in bytes."""
    sizes = {"file": path.stat().st_size, "log": log_bytes(path)}
    if hasattr(os, "statvfs"):
        disk = os.statvfs(path)
        sizes["free"] = disk.f_bavail * disk.f_frsize
    return sizes
