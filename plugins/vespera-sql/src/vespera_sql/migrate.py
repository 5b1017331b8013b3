"""Bringing a file to the schema of this version: creation, upgrade after a copy, refusal of newer ones."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from vespera_core.errors import StoreNewer
from vespera_core.ports.provider import OpenContext
from vespera_sql.connection import SCHEMA_VERSION, connect, store_path
from vespera_sql.faults import translated
from vespera_sql.lock import FileLock


def create_store(settings: dict[str, Any], context: OpenContext) -> None:
    """Make the file, or bring an older one up to date; a file of this version is left alone."""
    path = store_path(settings, context)
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        upgrade(path, float(settings["busy_seconds"]))


def upgrade(path: Path, busy_seconds: float) -> None:
    """Run the missing migrations in one transaction, after copying a file that holds something already."""
    lock = FileLock(path.with_suffix(".lock"))
    try:
        with lock.held(busy_seconds), closing(connect(path, busy_seconds, create=True)) as connection:
            version = read_version(connection)
            if version > SCHEMA_VERSION:
                raise newer(path, version)
            if version == SCHEMA_VERSION:
                return
            if version:
                _copy_aside(connection, path, version)
            connection.execute("PRAGMA journal_mode = WAL")
            _migrate(path, busy_seconds)
    finally:
        lock.close()


def read_version(connection: sqlite3.Connection) -> int:
    """The schema version of the file; 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def newer(path: Path, version: int) -> StoreNewer:
    return StoreNewer(
        f"{path} has schema {version}; this installation knows schemas up to {SCHEMA_VERSION}. Nothing was changed.",
        schema=version,
        supported=SCHEMA_VERSION,
    )


def _copy_aside(connection: sqlite3.Connection, path: Path, version: int) -> None:
    target = path.parent / "backups" / f"before-schema-{SCHEMA_VERSION}-from-{version}.db"
    target.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)


def _migrate(path: Path, busy_seconds: float) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, event, pool

    engine = create_engine("sqlite://", creator=lambda: connect(path, busy_seconds), poolclass=pool.NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
    engine.dispose()
