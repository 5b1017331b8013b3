"""Standing: what the ledger knows of a caller, and which projects a request is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
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
    "task_id", "task_ids", "parent_id", "first", "second", "like", "depends_on", "around",
)  # fmt: skip
"""Fields of requests that name tasks."""
_ENDS: Final = ("source", "target")
"""Fields that name tasks where there are both."""

Made = frozenset[str | None]
"""Names of tasks that a request itself makes."""


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


class Subjects(NamedTuple):
    """What a request is about: projects, by their ids or by what is in them; `unknown` where it names nothing there."""

    projects: tuple[str, ...]
    unknown: bool

    def is_beyond(self, bounds: frozenset[str], named: str | None) -> bool:
        """Whether it names something by an id that is in none of these projects, be it elsewhere or nowhere.

        Both are one, so that nobody learns by asking what there is elsewhere. A project that is `named` is no secret.
        """
        return self.unknown or not bounds.issuperset(set(self.projects) - {named})


def projects_of(session: Session, request: Any, default: str | None) -> tuple[str, ...]:
    """The projects that a request is about, as far as it says."""
    return subjects_of(session, request, default).projects


def subjects_of(session: Session, request: Any, default: str | None) -> Subjects:
    """What a request is about, as far as it says: by ids of projects, or of tasks, runs and events of them.

    A new task that names neither project nor parent goes to the `default` project.
    """
    found = _named(session, request, frozenset())
    if isinstance(request, CreateTask):
        found = found or _given(default)
    made = frozenset(_made(getattr(request, "tasks", ())))
    for part in getattr(request, "tasks", ()):
        found = found | _of_tree(session, part, default, made)
    return Subjects(tuple(sorted(one for one in found if one is not None)), None in found)


def _given(project_id: str | None) -> set[str | None]:
    return set() if project_id is None else {project_id}


def _made(plans: Iterable[PlannedTask]) -> Iterator[str | None]:
    """The names that tasks of a tree use for each other before they are there."""
    for plan in plans:
        yield from (plan.task_id, plan.key)
        yield from _made(plan.children)


def _of_tree(session: Session, plan: PlannedTask, default: str | None, made: Made) -> set[str | None]:
    """Projects that a tree of new tasks goes to: children follow their parent where they name none."""
    found = _named(session, plan, made) or _given(default)
    return found.union(*(_of_tree(session, child, None, made) for child in plan.children))


def _named(session: Session, request: Any, made: Made) -> set[str | None]:
    found: set[str | None] = {one for one in (getattr(request, "project_id", None),) if isinstance(one, str)}
    for reference in _references(request):
        if reference not in made:
            found.add(_project_of_task(session, reference))
    if isinstance(run := getattr(request, "run_id", None), str):
        entity = session.reader.entity("run", run)
        found.add(_project_of_task(session, run) if entity is None else entity.project_id)
    if isinstance(event := getattr(request, "event", None), str):
        found |= _project_of_event(session.reader, event) or {None}
    return found


def _references(request: Any) -> Iterator[str]:
    """Everything in a request that refers to a task."""
    values = [getattr(request, name) for name in _naming(request.__class__)]
    values += [pair[1:] for pair in getattr(request, "relations", ())]
    values += [change.get(name) for change in getattr(request, "changes", ()) for name in (*_TASKS, *_ENDS)]
    for value in values:
        yield from (one for one in (value if isinstance(value, (tuple, list)) else (value,)) if isinstance(one, str))


@cache
def _naming(kind: type) -> tuple[str, ...]:
    """The fields of a kind of request that name tasks; that of a new task is not there yet."""
    known = {spec.name for spec in fields(kind)}
    if issubclass(kind, CreateTask):
        known.discard("task_id")
    ends = _ENDS if known.issuperset(_ENDS) else ()
    return (*(name for name in _TASKS if name in known), *ends)


def _project_of_task(session: Session, reference: str) -> str | None:
    try:
        return session.task(reference, deleted=True).project_id
    except VesperaError:  # nothing, or not one thing alone: the operation itself says so
        return None


def _project_of_event(reader: Reader, event: str) -> set[str | None]:
    wanted = EventQuery(seq=int(event)) if event.isascii() and event.isdecimal() else EventQuery(event_id=event)
    return {row.project_id for row in reader.event_rows(wanted)}
