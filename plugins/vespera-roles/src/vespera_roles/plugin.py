"""What vespera-roles offers through the hooks: the sets of templates, and one rule about assignments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from vespera_core.ports.roles import Assignment, RoleTemplates

JUDGES = "judges"
"""The tag of roles that judge what others made."""


@hookimpl
def vespera_role_templates() -> list[RoleTemplates]:
    from importlib.resources import files

    from vespera_core.ports.roles import RoleTemplates

    here = files("vespera_roles")
    return [
        RoleTemplates(
            name="default", summary="Five roles for a small team.", folder=here.joinpath("default"),
        ),
        RoleTemplates(
            name="enhanced", summary="Eleven roles with narrow limits.", folder=here.joinpath("enhanced"),
        ),
    ]  # fmt: skip


@hookimpl
def vespera_check_assignment(assignment: Assignment) -> str | None:
    """Who judges a piece of work has not made it: a role that judges takes no task that its author holds."""
    task, role = assignment.task, assignment.role
    if JUDGES in role.tags and task.lease_owner is not None and task.role is not None and task.role != role.name:
        return (
            f"{task.task_id} is being worked on as {task.role}: {role.name} judges what others made, and gets a task "
            f"of its own for that."
        )
    return None
