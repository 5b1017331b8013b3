"""Reasons: why a task cannot be worked on now, one sentence for each thing in the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vespera_core.app.answers import Reason
from vespera_core.app.session import Session
from vespera_core.model.graph import Edge, GraphNode
from vespera_core.model.task import CHILD_OF, Task
from vespera_core.model.times import rfc3339
from vespera_core.model.workflow import IN_PROGRESS


class Inward(NamedTuple):
    """What refers to a task: arrows, and what the graph knows of the live tasks that they start at.

    Among these are the live ones that it depends on itself, so that all are looked up at once. Whole tasks are read
    only where something is to be said of them: mostly there is nothing.
    """

    edges: list[Edge]
    nodes: dict[str, GraphNode]

    def live(self, kind: str) -> list[str]:
        """The live tasks that refer to it in one way, sorted."""
        return sorted(edge.source for edge in self.edges if edge.kind == kind and edge.source in self.nodes)

    def open(self, ids: Iterable[str]) -> list[str]:
        """Those of these tasks that are neither closed nor deleted, in their order."""
        return [one for one in ids if one in self.nodes and self.nodes[one].closed_at is None]


def inward_of(session: Session, task: Task, kind: str | None = None) -> Inward:
    """What refers to a task, in any way or in one."""
    edges = session.reader.edges((task.task_id,), incoming=True)
    kept = edges if kind is None else [edge for edge in edges if edge.kind == kind]
    wanted = sorted({edge.source for edge in kept} | set(task.depends_on))
    return Inward(kept, {node.task_id: node for node in session.reader.graph_nodes(wanted)} if wanted else {})


def obstacles(session: Session, task: Task, inward: Inward | None = None) -> list[Reason]:
    """What stands in the way apart from the task's own status and hold; empty for a task that may be completed."""
    inward = inward or inward_of(session, task, CHILD_OF)
    blockers = session.reader.tasks(inward.open(task.depends_on)).values()
    found = [*_blockers(session, task, task.task_id, blockers), *_children(session, inward)]
    if task.defer_until is not None and task.defer_until > session.now:
        found.append(Reason("deferred", f"It is deferred until {rfc3339(task.defer_until)}.", until=task.defer_until))
    found.extend(_ancestors(session, task))
    if session.category(task) == "held":
        because = f": {task.block_reason}" if task.block_reason else ""
        found.append(Reason("held", f"It is {task.status}{because}.", task_id=task.task_id))
    return found


def waits_for(session: Session, task: Task, inward: Inward | None = None) -> list[Reason]:
    """Everything that keeps a task from being claimed now; empty for a ready one.

    Whoever has looked up what refers to the task gives it as `inward`.
    """
    if task.deleted_at is not None:
        return [Reason("deleted", "It is deleted.")]
    found = [*_project(session, task), *obstacles(session, task, inward)]
    category = session.category(task)
    if category == "closed":
        return [Reason("status", f"It is {task.status}.")]
    if category == "active":
        found.extend(_activity(session, task))
    return found


def _project(session: Session, task: Task) -> Iterator[Reason]:
    if session.project(task.project_id).status == "archived":
        yield Reason("archived", f"Its project {task.project_id} is archived.")


def _activity(session: Session, task: Task) -> Iterator[Reason]:
    if task.hold_kind == "human":
        yield Reason("hold", f"{task.lease_owner} holds it, without an end.")
    elif task.hold_kind == "worker" and task.lease_until is not None:
        if task.lease_until > session.now:
            until = rfc3339(task.lease_until)
            yield Reason("hold", f"{task.lease_owner} works on it; the lease ends {until}.", until=task.lease_until)
    else:
        who = f" by {task.assignee}" if task.assignee and task.status == IN_PROGRESS else ""
        yield Reason("status", f"It is {task.status}{who}, without a lease.")


def _blockers(session: Session, task: Task, subject: str, targets: Iterable[Task]) -> Iterator[Reason]:
    for target in targets:
        if target.open:
            whose = "It" if subject == task.task_id else f"Its ancestor {task.task_id}"
            kind = "blocker" if subject == task.task_id else "ancestor_blocked"
            message = f"{whose} depends on {target.task_id} ({target.status}): {target.title}"
            yield _about(session, target, Reason(kind, message, target.task_id))


def _children(session: Session, inward: Inward) -> Iterator[Reason]:
    for child in session.reader.tasks(inward.open(inward.live(CHILD_OF))).values():
        message = f"Its child {child.task_id} is {child.status}: {child.title}"
        yield _about(session, child, Reason("child", message, child.task_id))


def ancestors(session: Session, task: Task) -> Iterator[Task]:
    """The task's parent, its parent, and so on."""
    seen = {task.task_id}
    while task.parent_id is not None and task.parent_id not in seen:
        seen.add(task.parent_id)
        parent = session.reader.task(task.parent_id)
        if parent is None:
            return
        yield parent
        task = parent


def _ancestors(session: Session, task: Task) -> Iterator[Reason]:
    for above in ancestors(session, task):
        if not above.open:
            continue
        yield from _blockers(session, above, task.task_id, session.reader.tasks(above.depends_on).values())
        if session.category(above) == "held":
            message = f"Its ancestor {above.task_id} is {above.status}: {above.title}"
            yield _about(session, above, Reason("ancestor_held", message, above.task_id))
        if above.defer_until is not None and above.defer_until > session.now:
            until = rfc3339(above.defer_until)
            message = f"Its ancestor {above.task_id} is deferred until {until}."
            yield _about(session, above, Reason("ancestor_deferred", message, above.task_id, above.defer_until))


def _about(session: Session, task: Task, reason: Reason) -> Reason:
    """The reason, as far as the caller may know of the task that it is about."""
    return reason if session.sees(task) else Reason(reason.kind, "It waits for a task of another project.")
