"""Connections: how this store speaks to SQLite, and nothing about what it says."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vespera_core.errors import ConfigError, StoreFault
from vespera_core.ports.provider import OpenContext

SCHEMA_VERSION = 5
"""The schema that this code reads and writes; `schema.py` says the same, and a test compares them."""


def store_path(settings: dict[str, Any], context: OpenContext) -> Path:
    """Where the file lies: inside the workspace's folder, unless the path is absolute."""
    path = Path(settings["path"])
    if path.is_absolute():
        return path
    if context.folder is None:
        raise ConfigError("The sqlite store needs a workspace folder or an absolute path.")
    return context.folder / path


def connect(path: Path, busy_seconds: float, *, create: bool = False, cache_mb: int = 2) -> sqlite3.Connection:
    """A connection with every promise switched on. Transactions are explicit: Python opens none by itself."""
    if not create and not path.exists():
        raise StoreFault(
            f"The store {path} is missing.",
            next="Look for the file in a backup; 'vespera restore-backup FILE' puts one in its place.",
        )
    mode = "rwc" if create else "rw"
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=busy_seconds, isolation_level=None,
        check_same_thread=False, cached_statements=256,
    )  # fmt: skip
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute(f"PRAGMA cache_size = -{int(cache_mb) * 1024}")  # negative: kibibytes
    except BaseException:  # a damaged schema also raises UnicodeDecodeError
        connection.close()
        raise
    return connection
