"""The plugin that ships inside the core: the memory store, the interchange formats and the local policy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vespera_core.hookspecs import hookimpl
from vespera_core.model.task import Task
from vespera_core.ports.access import AccessRequest, Verdict
from vespera_core.ports.capabilities import COMMANDS, DIRECT, FILTERS
from vespera_core.ports.format import Format
from vespera_core.ports.provider import OpenContext, Provider
from vespera_core.ports.service import ServiceProvider
from vespera_core.ports.storage import Storage

if TYPE_CHECKING:
    from vespera_core.ports.executor import Executor
    from vespera_core.ports.graph import Graph
    from vespera_core.ports.vectors import VectorIndex


def _open(_settings: dict[str, Any], context: OpenContext) -> Storage:
    from vespera_core.builtin.memory.store import MemoryStorage

    return MemoryStorage(context.clock)


@hookimpl
def vespera_storages() -> Provider[Storage]:
    return Provider(name="memory", summary="In this process's memory; gone when it ends.", open=_open)


def _open_exact(settings: dict[str, Any], context: OpenContext) -> VectorIndex:
    from vespera_core.builtin.vectors.exact import open_exact

    return open_exact(settings, context)


@hookimpl
def vespera_vector_indexes() -> Provider[VectorIndex]:
    return Provider(
        name="exact",
        summary="Compares every vector of the primary store; no files.",
        open=_open_exact,
        capabilities=frozenset({DIRECT, FILTERS}),
    )


def _open_graph(settings: dict[str, Any], context: OpenContext) -> Graph:
    from vespera_core.builtin.graph.memory import open_memory

    return open_memory(settings, context)


@hookimpl
def vespera_graphs() -> Provider[Graph]:
    return Provider(
        name="memory",
        summary="In this process's memory, from the primary store.",
        open=_open_graph,
        capabilities=frozenset({DIRECT}),
    )


def _open_command(settings: dict[str, Any], context: OpenContext) -> Executor:
    from vespera_core.builtin.executors.command import open_command

    return open_command(settings, context)


def _open_manual(settings: dict[str, Any], context: OpenContext) -> Executor:
    from vespera_core.builtin.executors.manual import open_manual

    return open_manual(settings, context)


@hookimpl
def vespera_executors() -> Iterable[Provider[Executor]]:
    settings = {"environment": [], "output_bytes": 65_536, "grace": 5.0}
    return (
        Provider(name="command", summary="A command, in processes that end with the worker.", open=_open_command,
                 settings=settings, capabilities=frozenset({COMMANDS})),
        Provider(name="manual", summary="The calling agent itself, from a briefing.", open=_open_manual),
    )  # fmt: skip


@hookimpl
def vespera_formats() -> Iterable[Format]:
    from vespera_core.interchange.formats import FORMATS

    return FORMATS


@hookimpl
def vespera_services() -> Iterable[ServiceProvider]:
    from vespera_core.builtin.services import SERVICES

    return SERVICES


@hookimpl
def vespera_task_document(task: Task) -> str:
    from vespera_core.builtin.document import document

    return document(task)


@hookimpl
def vespera_authorize(request: AccessRequest) -> Verdict | None:
    """Whoever reaches the workspace's files and works in no role may do everything in it.

    About callers in a role, and about other ways in, the ledger speaks itself: see `vespera_core.app.policy`.
    """
    return Verdict(allowed=True) if request.owner and request.role is None else None
