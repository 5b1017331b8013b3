"""The plugin that ships inside the core: the memory store, the interchange formats and the local policy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vespera_core.hookspecs import hookimpl
from vespera_core.ports.access import AccessRequest, Verdict
from vespera_core.ports.format import Format
from vespera_core.ports.provider import OpenContext, Provider
from vespera_core.ports.storage import Storage

LOCAL_ORIGINS = frozenset({"cli", "python", "import", "worker"})
"""Ways in that only somebody with access to the workspace's files has."""


def _open(_settings: dict[str, Any], context: OpenContext) -> Storage:
    from vespera_core.builtin.memory.store import MemoryStorage

    return MemoryStorage(context.clock)


@hookimpl
def vespera_storages() -> Provider[Storage]:
    return Provider(name="memory", summary="In this process's memory; gone when it ends.", open=_open)


@hookimpl
def vespera_formats() -> Iterable[Format]:
    from vespera_core.interchange.formats import FORMATS

    return FORMATS


@hookimpl
def vespera_authorize(request: AccessRequest) -> Verdict | None:
    """Whoever reaches the workspace's files may do everything in it; other ways in need a policy of their own."""
    return Verdict(allowed=True) if request.origin in LOCAL_ORIGINS else None
