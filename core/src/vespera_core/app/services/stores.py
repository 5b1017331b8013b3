"""Where a task is: which store holds it, and at which version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.app.requests import TaskRef
from vespera_core.app.services.answers import StoresAnswer
from vespera_core.app.session import Session
from vespera_core.errors import EmbedderFault, EngineFault, PluginFault
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.projections.index import Index


def stores(kernel: Kernel, request: TaskRef, caller: Caller) -> StoresAnswer:
    """The versions at which every store holds a task."""
    with kernel.storage.read() as reader:
        task = Session(reader, caller, kernel.clock()).task(request.task_id, deleted=True)
        live = task.deleted_at is None
        vectors = {
            model: versions[task.task_id]
            for model in _models(kernel)
            if task.task_id in (versions := reader.vector_versions(model, [task.task_id]))
        }
    return StoresAnswer(
        task_id=task.task_id,
        primary=task.version,
        text=task.version if live else None,
        vectors=vectors,
        indexes={index.key: _held(kernel, index, task.task_id) for index in kernel.engines.indexes()},
    )


def _models(kernel: Kernel) -> list[str]:
    try:
        return [kernel.engines.embedder().model_id]
    except (EmbedderFault, PluginFault):
        return []


def _held(kernel: Kernel, index: Index, task_id: str) -> int | None:
    """None as well where another process has the index open: only that one can look."""
    keeps = index.is_open or kernel.engines.hosting
    try:
        if not index.open():
            return None
        with index.asked() as engine:
            return engine.versions().get(task_id)
    except EngineFault:
        return None
    finally:
        if not keeps:
            index.close()
