"""Which roles are in force: the one that is named, or those of the tasks that the caller holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from vespera_core.app.guard.decision import Guard
from vespera_core.app.guard.root import Root
from vespera_core.app.roles import kept
from vespera_core.errors import Unsupported

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.access import Caller

VARIABLE = "VESPERA_ROLE"


def named(role: str | None) -> str | None:
    """The role that is named: by an option, or else by the environment."""
    return role or os.environ.get(VARIABLE) or None


def held_roles(kernel: Kernel, caller: Caller) -> tuple[str, ...]:
    """The roles of the tasks that the caller holds now, each once, in order of name."""
    from vespera_core.model.query import TaskQuery

    now = kernel.clock()
    with kernel.storage.read() as reader:
        tasks = reader.select(TaskQuery(assignee=caller.actor, open=True, limit=0, counted=False)).items
    found = {
        task.role
        for task in tasks
        if task.role and task.lease_owner == caller.actor and (task.lease_until is None or task.lease_until > now)
    }
    return tuple(sorted(found))


def roles_in_force(kernel: Kernel, caller: Caller, role: str | None) -> tuple[str, ...]:
    """The named role alone, or those of the tasks that the caller holds."""
    one = named(role)
    return held_roles(kernel, caller) if one is None else (one,)


def compiled(kernel: Kernel, role: str) -> dict[str, Any]:
    """A role, compiled: as it is kept, or from its definition. Raises NotFound for a role that is not there."""
    folder = None if kernel.folder is None else str(kernel.folder)
    known = None if folder is None else kept.read(folder, role)
    if known is not None:
        return known
    from vespera_core.app.guard.patterns import compile_role
    from vespera_core.app.roles.catalogue import definition, sources

    fresh = compile_role(definition(kernel, role))
    if folder is not None:
        kept.write(folder, role, fresh, sources(kernel))
    return fresh


def guard_of(kernel: Kernel, role: str) -> Guard:
    """The guard of a role at the root of this workspace. Raises NotFound, and Unsupported where there is no root."""
    if kernel.folder is None:
        raise Unsupported("This ledger lives in memory: there is no folder to guard.", next="Open a workspace.")
    return Guard(compiled(kernel, role), Root(kernel.folder.parent))
