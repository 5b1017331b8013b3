"""Checks of the file itself: what SQLite, the counters and the text index say of each other. Nothing is changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from vespera_core.ports.storage import Finding
from vespera_sql import sql


def findings(connection: sqlite3.Connection) -> list[Finding]:
    """One finding for each check."""
    checks: tuple[tuple[str, Callable[[sqlite3.Connection], list[str]]], ...] = (
        ("file", _integrity),
        ("foreign keys", _foreign_keys),
        ("text index", _text_index),
        ("ready counters", _ready_counters),
    )
    found = []
    for name, check in checks:
        found.append(_finding(name, connection, check))
    return found


def _finding(name: str, connection: sqlite3.Connection, check: Callable[[sqlite3.Connection], list[str]]) -> Finding:
    try:
        faults = check(connection)
    except sqlite3.OperationalError as error:
        if not _is_busy(error):
            raise
        return Finding(name, "warning", "not looked at, since another process is writing for long: ask again")
    return Finding(name, "damage" if faults else "ok", "; ".join(faults[:5]) or "as it should be")


def _integrity(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]


def _foreign_keys(connection: sqlite3.Connection) -> list[str]:
    return [
        f"{row[0]} row {row[1]} points to a missing {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")
    ]


def _text_index(connection: sqlite3.Connection) -> list[str]:
    try:
        # The check is written as a change: begun by a reader, it would be refused where somebody wrote meanwhile.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(sql.TEXT_CHECK)
    except sqlite3.DatabaseError as error:
        if _is_busy(error):
            raise
        return [f"the text index does not fit the tasks ({error})"]
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return []


def _is_busy(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _ready_counters(connection: sqlite3.Connection) -> list[str]:
    kept = {one: count for one, count in connection.execute(sql.READY_COUNT) if count}
    real = dict(connection.execute(sql.COUNT_READY).fetchall())
    return [
        f"project {one}: {kept.get(one, 0)} kept, {real.get(one, 0)} counted"
        for one in sorted(kept.keys() | real.keys())
        if kept.get(one, 0) != real.get(one, 0)
    ]
