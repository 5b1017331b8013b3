"""What vespera-sql offers through the hooks. Importing this module imports no engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vespera_core.hookspecs import hookimpl
from vespera_core.ports.capabilities import BACKUP, DURABLE, MULTI_PROCESS, RESTORE, SNAPSHOTS
from vespera_core.ports.provider import OpenContext, Provider
from vespera_core.ports.storage import Storage

SETTINGS: dict[str, Any] = {"path": "vespera.db", "busy_seconds": 30, "cache_mb": 16}


def _open(settings: dict[str, Any], context: OpenContext) -> Storage:
    from vespera_sql.store import open_store

    return open_store(settings, context)


def _create(settings: dict[str, Any], context: OpenContext) -> None:
    from vespera_sql.migrate import create_store

    create_store(settings, context)


def _restore(
    settings: dict[str, Any], context: OpenContext, backup: Path, check: Callable[[Storage], None]
) -> tuple[Path, Path | None]:
    from vespera_sql.restore import restore_store

    return restore_store(settings, context, backup, check)


@hookimpl
def vespera_storages() -> Provider[Storage]:
    return Provider(
        name="sqlite",
        summary="One SQLite file, durable (WAL, synchronous=FULL), for many processes of one machine.",
        open=_open,
        create=_create,
        restore=_restore,
        settings=SETTINGS,
        capabilities=frozenset({DURABLE, MULTI_PROCESS, SNAPSHOTS, BACKUP, RESTORE}),
    )
