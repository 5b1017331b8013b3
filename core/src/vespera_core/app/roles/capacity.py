"""Capacity: how many tasks of a role workers hold, counted in the transaction that is about to add one."""

from __future__ import annotations

from collections.abc import Collection

from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import CapacityReached
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import Task


def is_live(task: Task, now: int) -> bool:
    """Whether a worker holds a task at this moment."""
    return task.hold_kind == "worker" and task.lease_until is not None and task.lease_until > now


def live_claims(session: Session, role: str, without: Collection[str] = ()) -> int:
    """How many tasks of a role workers hold now, those named left aside."""
    page = session.reader.select(TaskQuery(role=role, held_at=session.now, sort="id", limit=1))
    mine = sum(is_live(one, session.now) and one.role == role for one in session.reader.tasks(tuple(without)).values())
    return page.total - mine


def has_place(unit: Unit, role: str) -> bool:
    """Whether a worker may hold one more task of a role. Raises RoleFault where its definition cannot be used."""
    catalogue = unit.roles()
    limit = None if catalogue is None else catalogue.limit(role)
    return limit is None or live_claims(unit, role) < limit


def reached(unit: Unit, task: Task) -> CapacityReached:
    """The refusal of one more task."""
    catalogue = unit.roles()
    limit = None if catalogue is None or task.role is None else catalogue.limit(task.role)
    return CapacityReached(
        f"{task.task_id} cannot be held now: workers hold {limit} tasks of the role {task.role!r} already, which is as "
        f"many as it allows.",
        task_id=task.task_id, role=task.role, limit=limit,
    )  # fmt: skip
