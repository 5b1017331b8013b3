"""Explaining: what a task waits for, and what its role has against a worker holding it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vespera_core.app.answers import Explanation, Reason
from vespera_core.app.requests import TaskRef
from vespera_core.app.rules.reasons import waits_for
from vespera_core.app.session import Session
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


def explain(kernel: Kernel, request: TaskRef, caller: Caller) -> Explanation:
    """Whether a task is ready, and everything that it waits for; where roles are in force, what they say of it."""
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        task = session.task(request.task_id, deleted=True)
        reasons = tuple(waits_for(session, task))
        answer = Explanation(task.task_id, not reasons, task.status, reasons)
        if not task.open or (task.role or caller.role) is None or kernel.roles_in_force() is None:
            return answer
        from vespera_core.app.approvals.holding import awaited
        from vespera_core.app.roles.catalogue import catalogue_of
        from vespera_core.app.roles.fitting import objections

        catalogue = catalogue_of(kernel)
        found = [Reason("role", one.message) for one in objections(session, catalogue, task)]
        found += [Reason("approval", one.message) for one in awaited(session, catalogue, task)]
        return replace(answer, waits_for=(*reasons, *found))
