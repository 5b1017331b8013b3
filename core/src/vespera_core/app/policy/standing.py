"""Standing: what the ledger knows of a caller, and which projects a request is about."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from vespera_core.app.requests import CreateTask, PlannedTask
from vespera_core.app.session import Session
from vespera_core.errors import VesperaError
from vespera_core.model.entity import Entity
from vespera_core.model.query import EventQuery
from vespera_core.ports.storage import Reader

PRINCIPAL: Final = "principal"
MEMBER: Final = "member"
GRANT: Final = "grant"
ACTIVE: Final = "active"
REMOVED: Final = "removed"

EVERYWHERE: Final = ""
"""The project of a grant that holds in every project."""

_TASKS: Final = (
    "task_id", "task_ids", "parent_id", "source", "target", "first", "second", "like",
)  # fmt: skip
"""Fields of requests that name tasks."""


class Standing(NamedTuple):
    """A principal with its memberships and grants; a caller who is registered nowhere has none."""

    principal: Entity | None = None
    members: tuple[Entity, ...] = ()
    grants: tuple[Entity, ...] = ()

    @property
    def kind(self) -> str | None:
        """``person``, ``agent``, ``plugin`` or ``service``."""
        return None if self.principal is None else str(self.principal.data["kind"])

    def member(self, project_id: str | None) -> Entity | None:
        """The membership in a project."""
        return next((one for one in self.members if one.project_id == project_id), None)


def standing_of(reader: Reader, actor: str) -> Standing:
    """What the ledger knows of an actor."""
    principal = reader.entity(PRINCIPAL, actor)
    if principal is None:
        return Standing()
    members, grants = (reader.entities(kind, owner=actor, state=ACTIVE) for kind in (MEMBER, GRANT))
    return Standing(principal, tuple(members), tuple(grants))


def projects_of(session: Session, request: Any, default: str | None) -> tuple[str, ...]:
    """The projects that a request is about, as far as it says: by their ids, or by tasks, runs and events of them.

    A new task that names neither project nor parent goes to the `default` project. What names nothing that exists is
    about no project.
    """
    found = _named(session, request)
    if isinstance(request, CreateTask):
        found = found or _given(default)
    for part in getattr(request, "tasks", ()):
        found = found | _of_tree(session, part, default)
    return tuple(sorted(found))


def _given(project_id: str | None) -> set[str]:
    return set() if project_id is None else {project_id}


def _of_tree(session: Session, plan: PlannedTask, default: str | None) -> set[str]:
    """Projects that a tree of new tasks goes to: children follow their parent where they name none."""
    found = _named(session, plan) or _given(default)
    return found.union(*(_of_tree(session, child, None) for child in plan.children))


def _named(session: Session, request: Any) -> set[str]:
    found = {one for one in (getattr(request, "project_id", None),) if isinstance(one, str)}
    new = isinstance(request, CreateTask)  # its task_id is not there yet
    references = [getattr(request, name, None) for name in _TASKS if not (new and name == "task_id")]
    for value in references:
        for reference in value if isinstance(value, tuple) else (value,):
            found |= _project_of_task(session, reference)
    run = getattr(request, "run_id", None)
    if isinstance(run, str) and (entity := session.reader.entity("run", run)):
        found.add(entity.project_id)
    if isinstance(event := getattr(request, "event", None), str):
        found |= _project_of_event(session.reader, event)
    return found


def _project_of_task(session: Session, reference: object) -> set[str]:
    if not isinstance(reference, str):
        return set()
    try:
        return {session.task(reference, deleted=True).project_id}
    except VesperaError:  # nothing, or not one thing alone: the operation itself says so
        return set()


def _project_of_event(reader: Reader, event: str) -> set[str]:
    wanted = EventQuery(seq=int(event)) if event.isascii() and event.isdecimal() else EventQuery(event_id=event)
    return {row.project_id for row in reader.event_rows(wanted)}
