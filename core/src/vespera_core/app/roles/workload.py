"""Workload: how much each role has to do, and how much of it workers hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vespera_core.app.roles.answers import Load, WorkloadAnswer
from vespera_core.app.roles.capacity import is_live
from vespera_core.app.roles.catalogue import Catalogue, catalogue_of
from vespera_core.app.roles.requests import RoleWorkload
from vespera_core.app.session import Session
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import Task
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


def workload(kernel: Kernel, request: RoleWorkload, caller: Caller) -> WorkloadAnswer:
    """The load of every role that is defined or that open tasks name."""
    catalogue = catalogue_of(kernel)
    if request.role is not None:
        catalogue.get(request.role)
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        scope = None if request.project_id is None else (session.project(request.project_id).project_id,)
        query = TaskQuery(projects=scope, without_projects=session.archived(), role=request.role, open=True, limit=0,
                          counted=False)  # fmt: skip
        ready = TaskQuery(projects=scope, without_projects=session.archived(), role=request.role, limit=0,
                          ready_at=session.now, counted=False)  # fmt: skip
        tasks = [one for one in reader.select(query).items if one.role is not None]
        queue = [one for one in reader.select(ready).items if one.role is not None]
    named = catalogue.roles if request.role is None else (request.role,)
    names = sorted({*named, *(str(one.role) for one in tasks)})
    return WorkloadAnswer(roles=tuple(_load(catalogue, one, tasks, queue, session.now) for one in names))


def _load(catalogue: Catalogue, name: str, tasks: Iterable[Task], queue: Iterable[Task], now: int) -> Load:
    role = catalogue.roles.get(name)
    capacity = None if role is None else role.max_concurrent_tasks
    mine = [one for one in tasks if one.role == name]
    live = sum(is_live(one, now) for one in mine)
    return Load(
        role=name, capacity=capacity, live=live, queue=sum(one.role == name for one in queue), open=len(mine),
        utilisation=None if capacity is None else round(live / capacity, 3) if capacity else 1.0,
    )  # fmt: skip
