"""The unit: what a handler writes with. Rows, events and readiness change together here, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vespera_core.app.rules.readiness import Ripple, initial_readiness
from vespera_core.app.session import Session
from vespera_core.errors import HeldByOther, StaleFence, VersionConflict
from vespera_core.model.basics import SECOND, Micros
from vespera_core.model.event import PROJECT, TASK, EventDraft
from vespera_core.model.jsontext import canonical
from vespera_core.model.project import Project, check_project
from vespera_core.model.readiness import Readiness, latest, readiness_of
from vespera_core.model.replay import described, plain
from vespera_core.model.sensitive import SENSITIVE
from vespera_core.model.task import VOLATILE_FIELDS, Relation, Task
from vespera_core.model.times import rfc3339
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import UnitOfWork

if TYPE_CHECKING:
    from vespera_core.app.roles.catalogue import Catalogue
    from vespera_core.model.entity import Entity


class RolesNeeded(Exception):
    """Something has to be known of a role, and no role has been read yet."""


class Unit(Session):
    """A session that writes. Every write makes its event; `finish` brings readiness up to date."""

    def __init__(
        self, work: UnitOfWork, caller: Caller, default_project: str | None = None,
        roles: Callable[[], Catalogue] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(work, caller, work.now)
        self.default_project = default_project
        self._roles = roles
        self.sealed: Mapping[str, bytes] = {}
        self.barred: Callable[[str | None], tuple[str, ...]] | None = None
        self.work = work
        self.ripple = Ripple(work)
        self._renewed: set[str] = set()

    def _found(self, reference: str) -> Task:
        """What is written here changes tasks: each look is a new one."""
        return self._looked_up(reference)

    def finish(self) -> None:
        """Write the readiness of everything that the unit's changes touched."""
        self.ripple.flush()

    def roles(self) -> Catalogue | None:
        """The roles that tasks are held to; None where any plain word is one.

        Raises RolesNeeded where they have not been read: that is done outside the transaction, which then runs again.
        """
        return None if self._roles is None else self._roles()

    def check_role(self, role: str | None, task: Task | None = None) -> None:
        """Raise UnknownRole, RoleFault or CapacityReached where a task, new or the one given, cannot have a role."""
        if role is not None and self.roles() is not None:
            from vespera_core.app.roles.naming import check_role

            check_role(self, role, task)

    def closed_to_caller(self, operation: str | None = None) -> tuple[str, ...]:
        """Projects in which no work is taken: archived ones, and those where the ledger's policy refuses it.

        `operation` is what is to be done there; None is the operation that this unit was made for. Raises
        PermissionDenied where that leaves no project.
        """
        return self.archived() if self.barred is None else (*self.archived(), *self.barred(operation))

    # ------------------------------------------------------------ who may write

    def guard(self, task: Task, fence: int | None = None) -> None:
        """Raise StaleFence or HeldByOther unless the caller may write a task in its present hold.

        With a fence, it must be that of the present hold. Without one, a live hold takes writes only from its holder.
        """
        self.writable_project(task.project_id)
        if fence is not None:
            self._check_fence(task, fence)
        elif task.hold_kind is not None and task.lease_owner != self.caller.actor:
            if task.hold_kind == "worker" and task.lease_until is not None and task.lease_until <= self.now:
                return
            raise self._held(task)
        if task.hold_kind == "worker":
            self._renewed.add(task.task_id)

    def _check_fence(self, task: Task, fence: int) -> None:
        if task.hold_kind is None or fence != task.fence:
            now = f"its fence is {task.fence}" if task.hold_kind else "nobody holds it now"
            raise StaleFence(
                f"The fence {fence} for {task.task_id} is not valid: {now}. Nothing was written.",
                task_id=task.task_id,
                status=task.status,
                fence=task.fence,
            )

    def _held(self, task: Task) -> HeldByOther:
        until = f"until {rfc3339(task.lease_until)}" if task.lease_until is not None else "without an end"
        return HeldByOther(
            f"{task.task_id} is held by {task.lease_owner} ({task.hold_kind}) {until}; you are {self.caller.actor}.",
            task_id=task.task_id,
            holder=task.lease_owner,
            hold_kind=task.hold_kind,
            lease_until=None if task.lease_until is None else rfc3339(task.lease_until),
        )

    def expect(self, task: Task, version: int | None) -> None:
        """Raise VersionConflict unless `version` is None or the present one."""
        if version is not None and version != task.version:
            raise VersionConflict(
                f"{task.task_id} has version {task.version}, not {version}.", task_id=task.task_id, version=task.version
            )

    # ------------------------------------------------------------ tasks

    def insert(self, task: Task, **more: Any) -> Task:
        """Write one new task and its event; `more` joins the event's payload."""
        category = self.workflow(task.project_id).category(task.status)
        record = readiness_of(task, category)
        if task.parent_id is not None or task.relations:
            record = initial_readiness({task.task_id: record}, lambda _: task.depends_on, self.work.readiness)[
                task.task_id
            ]
        self._keep_sealed((task,))
        self.work.insert_tasks([(task, record)])
        self.ripple.arrived(record)
        self.work.append([created_event(task, more)])
        return task

    def insert_many(self, tasks: Sequence[Task]) -> None:
        """Write new tasks that may relate to each other, one event each."""
        records = {task.task_id: readiness_of(task, self.category(task)) for task in tasks}
        depends_on = {task.task_id: task.depends_on for task in tasks}
        settled = initial_readiness(records, depends_on.__getitem__, self.work.readiness)
        self._keep_sealed(tasks)
        self.work.insert_tasks([(task, settled[task.task_id]) for task in tasks])
        for record in settled.values():
            if record.parent_id is not None and record.parent_id not in records:
                self.ripple.arrived(record)
        self.work.append([created_event(task, {}) for task in tasks])

    def record(
        self, old: Task, kind: str, changes: dict[str, Any], *, added: Iterable[Relation] = (),
        removed: Iterable[Relation] = (), more: dict[str, Any] | None = None,
    ) -> Task:  # fmt: skip
        """Write a task's new values with an event of `kind`; the task itself comes back where nothing differs.

        `more` joins the event's payload and makes an event even where no field differs.
        """
        if SENSITIVE in old.metadata or SENSITIVE in changes.get("metadata", ()):
            changes = self._with_sealed(old, changes)
        fresh = set(added) - set(old.relations)
        gone = set(removed) & set(old.relations)
        differing = {name: value for name, value in changes.items() if not _same(value, getattr(old, name))}
        if not (differing or fresh or gone or more):
            return old
        relations = tuple(sorted((set(old.relations) - gone) | fresh))
        values = {"updated_at": self.now, **differing, "relations": relations, "version": old.version + 1}
        new = self._renewing(old.evolve(**values))
        payload = _change_payload(old, differing, fresh, gone) | (more or {})
        self._write(old, new)
        self.work.append([EventDraft(kind, new.project_id, TASK, new.task_id, new.version, payload)])
        return new

    def _keep_sealed(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            if SENSITIVE in task.metadata:
                from vespera_core.app.vault.hiding import put_new

                put_new(self, task)

    def _with_sealed(self, old: Task, changes: dict[str, Any]) -> dict[str, Any]:
        if "metadata" not in changes:
            return changes
        from vespera_core.app.vault.hiding import settled

        return {**changes, "metadata": settled(self, old, changes["metadata"])}

    def _write(self, old: Task, new: Task) -> None:
        category = self.category(new)
        before = self.ripple.get(old.task_id)
        self.work.update_task(old, new, category)
        self.ripple.changed(readiness_of(new, category, before), old, new)

    def _renewing(self, task: Task) -> Task:
        """Any write by its holder renews a worker's lease."""
        if task.task_id in self._renewed and task.hold_kind == "worker" and task.lease_seconds is not None:
            if not self._may_revive(task):
                return task
            until = Micros(self.now + task.lease_seconds * SECOND)
            return task.evolve(lease_until=latest(task.lease_until, until))
        return task

    def _may_revive(self, task: Task) -> bool:
        """Whether a lease may run on: one that has lapsed gave its place in the role away."""
        if task.role is None or task.lease_until is None or task.lease_until > self.now:
            return True
        from vespera_core.app.roles.capacity import has_place

        return has_place(self, task.role)

    def renew(self, task: Task, seconds: int) -> Task:
        """Move the end of a lease and nothing else: no event, no version. Raises CapacityReached."""
        if not self._may_revive(task):
            from vespera_core.app.roles.capacity import reached

            raise reached(self, task)
        until = Micros(self.now + seconds * SECOND)
        self.work.set_lease(task.task_id, until)
        record = self.ripple.get(task.task_id)
        self.ripple.changed(replace(record, lease_until=until), task, task)
        return task.evolve(lease_until=until)

    # ------------------------------------------------------------ projects

    def put_project(self, old: Project | None, new: Project, kind: str) -> Project:
        """Write a project's new state and its event."""
        check_project(new)
        names = [name for name in Project.__dataclass_fields__ if name not in ("version", "updated_at")]
        if old is None:
            payload: dict[str, Any] = {"project": {name: getattr(new, name) for name in (*names, "updated_at")}}
        else:
            pairs = {name: [getattr(old, name), getattr(new, name)] for name in names}
            changes = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
            if not changes:
                return old
            new = replace(new, version=old.version + 1, updated_at=self.now)
            payload = {"changes": changes}
        self.work.put_project(new)
        self.work.append([EventDraft(kind, new.project_id, PROJECT, new.project_id, new.version, payload)])
        self._projects[new.project_id] = new
        return new

    # ------------------------------------------------------------ everything else

    def put_entity(self, old: Entity | None, new: Entity, kind: str, **more: Any) -> Entity:
        """Write an entity's new state with an event of `kind`; the old one comes back where nothing differs.

        Version and moments are set here. `more` joins the event's payload and makes an event even where nothing
        differs. Raises VersionConflict where `old` is not what is stored.
        """
        from vespera_core.app.entities import written_entity

        return written_entity(self.work, old, new, kind, more)

    def records(self, ids: Sequence[str]) -> dict[str, Readiness]:
        """Readiness as it stands after what this unit has done so far."""
        self.ripple.load(ids)
        return {one: self.ripple.get(one) for one in ids}


def _same(value: Any, other: Any) -> bool:
    """Whether two values are one in JSON, where true is not 1 and 1.0 is not 1."""
    return bool(value == other) and (not isinstance(value, dict) or canonical(value) == canonical(other))


def created_event(task: Task, more: dict[str, Any]) -> EventDraft:
    """The one event that tells all of a new task."""
    return EventDraft(
        "task.created", task.project_id, TASK, task.task_id, task.version, {"task": described(task), **more}
    )


def _change_payload(old: Task, changes: dict[str, Any], fresh: set[Relation], gone: set[Relation]) -> dict[str, Any]:
    pairs = {
        name: [plain(name, getattr(old, name)), plain(name, value)]
        for name, value in changes.items()
        if name not in VOLATILE_FIELDS or value is None or getattr(old, name) is None
    }
    payload: dict[str, Any] = {"changes": pairs} if pairs else {}
    if fresh:
        payload["added"] = sorted(list(relation) for relation in fresh)
    if gone:
        payload["removed"] = sorted(list(relation) for relation in gone)
    return payload
