"""The session: what a handler reads with. One snapshot, one caller, one moment."""

from __future__ import annotations

from collections.abc import Sequence

from vespera_core.errors import AmbiguousId, Archived, NotFound
from vespera_core.model.basics import Micros
from vespera_core.model.jsontext import canonical
from vespera_core.model.project import Project
from vespera_core.model.task import Task
from vespera_core.model.workflow import DEFAULT, Workflow, workflow_of
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import Reader


class Session:
    """A snapshot with the lookups that every handler needs. `now` is the moment that all its answers refer to."""

    def __init__(self, reader: Reader, caller: Caller, now: int) -> None:
        self.reader = reader
        self.caller = caller
        self.now = Micros(now)
        self._projects: dict[str, Project] = {}
        self._tasks: dict[str, Task] = {}

    def seen_by(self, caller: Caller) -> Session:
        """The same snapshot for the same caller, of whom more is known by now."""
        self.caller = caller
        return self

    def task(self, reference: str, *, deleted: bool = False) -> Task:
        """The task of an id or unique prefix; raises NotFound or AmbiguousId. Deleted ones only if asked for."""
        found = self._found(reference)
        if found.deleted_at is not None and not deleted:
            raise NotFound(
                f"{found.task_id} is deleted.",
                task_id=found.task_id,
                next=f"Bring it back with 'vespera restore {found.task_id}'.",
            )
        return found

    def sees(self, task: Task) -> bool:
        """Whether the caller may know of a task at all: members of projects are held to them."""
        return self.caller.within is None or task.project_id in self.caller.within

    def tasks(self, references: Sequence[str]) -> list[Task]:
        """The tasks of several ids or prefixes, in their order, each once."""
        found = {task.task_id: task for task in map(self.task, references)}
        return list(found.values())

    def _found(self, reference: str) -> Task:
        """The task behind a reference. A snapshot stays as it is: what was looked up is not looked up again."""
        known = self._tasks.get(_sayable(reference))
        if known is None:
            known = self._tasks[reference] = self._looked_up(reference)
        return known

    def _looked_up(self, reference: str) -> Task:
        return self.reader.task(_sayable(reference)) or self._by_prefix(reference)

    def _by_prefix(self, prefix: str) -> Task:
        ids = self.reader.ids_with_prefix(prefix, 6) if prefix else []
        if len(ids) == 1:
            return self.reader.tasks(ids)[ids[0]]
        if ids:
            shown = ", ".join(ids[:5]) + (", ..." if len(ids) > 5 else "")
            raise AmbiguousId(f"The id {prefix!r} fits more than one task: {shown}.", candidates=ids[:5])
        raise self._unknown(prefix)

    def _unknown(self, reference: str) -> NotFound:
        from difflib import get_close_matches

        stem = reference.rsplit("-", 1)[0] if "-" in reference else reference[:2]
        nearby = self.reader.ids_with_prefix(stem, 2000)
        close = get_close_matches(reference, nearby, n=3, cutoff=0.7)
        hint = f"Did you mean {', '.join(close)}?" if close else None
        return NotFound(f"There is no task {reference!r}.", task_id=reference, close=close, next=hint)

    def project(self, project_id: str) -> Project:
        """The project of this id; raises NotFound, naming those that exist."""
        if project_id not in self._projects:
            found = self.reader.project(_sayable(project_id))
            if found is None:
                names = ", ".join(project.project_id for project in self.reader.projects()[:10]) or "none yet"
                raise NotFound(
                    f"There is no project {project_id!r}; there are: {names}.", project_id=project_id,
                    next="Run 'vespera project list', or make it with 'vespera project create ID'.",
                )  # fmt: skip
            self._projects[project_id] = found
        return self._projects[project_id]

    def writable_project(self, project_id: str) -> Project:
        """The same, raising Archived for a project that takes no more writes."""
        project = self.project(project_id)
        if project.status == "archived":
            raise Archived(f"The project {project_id} is archived.", project_id=project_id)
        return project

    def workflow(self, project_id: str) -> Workflow:
        """The workflow in force for a project."""
        settings = self.project(project_id).workflow
        return workflow_of(canonical(settings)) if settings else DEFAULT

    def category(self, task: Task) -> str:
        """What a task's status means for readiness."""
        return self.workflow(task.project_id).category(task.status)

    def archived(self) -> tuple[str, ...]:
        """Ids of the archived projects: their tasks are never offered as work."""
        return tuple(project.project_id for project in self.reader.projects() if project.status == "archived")


def _is_broken(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)


def _sayable(reference: str) -> str:
    """The same id; raises NotFound for text that no store can hold, so that nothing can be called by it."""
    if not isinstance(reference, str) or _is_broken(reference):
        raise NotFound(f"There is nothing of the id {reference!r}.", next="Check how the id is written.")
    return reference
