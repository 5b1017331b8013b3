"""The Python API: operations as methods, with the names that readers of task tools expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from vespera_core.app import answers, requests
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import UNSET, Micros, Unset
from vespera_core.model.project import Project
from vespera_core.model.task import Task
from vespera_core.ports.format import Comment

if TYPE_CHECKING:
    from vespera_core.app.search.answers import SearchAnswer


class Ledger(Protocol):
    """What the namespaces need of an open workspace."""

    def call(self, operation: str, request: Any, *, idempotency_key: str | None = None) -> Any:
        """Perform an operation of the table."""


def planned(data: Mapping[str, Any]) -> requests.PlannedTask:
    """A nested mapping as a tree of planned tasks; unknown keys are refused by name."""
    values = dict(data)
    children = tuple(planned(child) for child in values.pop("children", ()))
    known = set(requests.PlannedTask.__dataclass_fields__)
    if unknown := set(values) - known:
        raise InvalidInput(
            f"A task has no field {sorted(unknown)[0]!r}.", next=f"Known fields: {', '.join(sorted(known))}."
        )
    for name in ("depends_on", "tags", "relations"):
        if name in values:
            values[name] = tuple(values[name])
    try:
        return requests.PlannedTask(**values, children=children)
    except TypeError:
        raise InvalidInput("A task needs a title.", field="title") from None


class Tasks:
    """Tasks: each method is one operation, in one transaction. Ids may be unique prefixes; times are `Micros`.

    Every write takes `idempotency_key`: the same call with the same key, within seven days, answers as the first did
    and changes nothing.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    # ------------------------------------------------------------ making and changing

    def create_task(self, title: str, *, idempotency_key: str | None = None, **fields: Any) -> Task:
        """Make a task; `fields` as in `CreateTask`. Raises InvalidInput, NotFound, DuplicateId or SimilarExists."""
        answer = self._ledger.call(
            "task.create", requests.CreateTask(title=title, **fields), idempotency_key=idempotency_key
        )
        task: Task = answer.task
        return task

    def create_task_tree(
        self, tree: Mapping[str, Any] | Sequence[Mapping[str, Any]], *, idempotency_key: str | None = None
    ) -> tuple[Task, ...]:
        """Make a whole tree at once: a mapping with ``title`` and ``children``, or several of them.

        `depends_on` may name other tasks of the tree by their ``key`` or ``task_id``. Answers the tasks, parents first.
        """
        roots = [tree] if isinstance(tree, Mapping) else tree
        request = requests.CreateTasks(tasks=tuple(planned(root) for root in roots))
        answer: answers.TasksAnswer = self._ledger.call("task.create_many", request, idempotency_key=idempotency_key)
        return answer.tasks

    def update_task(self, task_id: str, *, idempotency_key: str | None = None, **changes: Any) -> Task:
        """Give a task new values; None clears a field. Raises what the rules of the fields and the workflow raise."""
        request = requests.UpdateTasks(task_ids=(task_id,), **changes)
        answer: answers.MovedAnswer = self._ledger.call("task.update", request, idempotency_key=idempotency_key)
        return answer.tasks[0]

    def delete_task(
        self, task_id: str, *, recursive: bool = False, dry_run: bool = False, confirm: int | None = None
    ) -> tuple[str, ...]:
        """Delete a task softly, with all below it if `recursive`; answers the ids. Raises HasChildren, or Conflict."""
        request = requests.DeleteTask(task_id=task_id, recursive=recursive, dry_run=dry_run, confirm=confirm)
        answer: answers.DeleteAnswer = self._ledger.call("task.delete", request)
        return answer.deleted

    def restore_task(self, task_id: str) -> tuple[str, ...]:
        """Bring a deleted task back with what was deleted together with it; answers the ids."""
        answer: answers.RestoreAnswer = self._ledger.call("task.restore", requests.TaskRef(task_id=task_id))
        return answer.restored

    def comment(self, task_id: str, text: str) -> Comment:
        """Remark on a task."""
        answer: answers.CommentAnswer = self._ledger.call(
            "task.comment", requests.AddComment(task_id=task_id, text=text)
        )
        return answer.comment

    # ------------------------------------------------------------ reading

    def get_task(self, task_id: str, *, as_of: Micros | None = None) -> Task:
        """One task; as it was, where a moment is given. Raises NotFound or AmbiguousId."""
        return self.get_detail(task_id, as_of=as_of).task

    def get_detail(self, task_id: str, *, as_of: Micros | None = None) -> answers.TaskDetail:
        """One task with its remarks, children, dependents and what it waits for."""
        answer: answers.TaskDetail = self._ledger.call("task.get", requests.TaskRef(task_id=task_id, as_of=as_of))
        return answer

    def list_tasks(self, **filters: Any) -> answers.TaskPage:
        """A page of tasks; `filters` are those of `ListTasks`."""
        answer: answers.TaskPage = self._ledger.call("task.list", requests.ListTasks(**filters))
        return answer

    def search(self, text: str, **how: Any) -> SearchAnswer:
        """Tasks that fit a text by words and by meaning, best first; `how` are the fields of `SearchTasks`."""
        from vespera_core.app.search.requests import SearchTasks

        answer: SearchAnswer = self._ledger.call("task.search", SearchTasks(text=text, **how))
        return answer

    def get_children(self, task_id: str) -> tuple[Task, ...]:
        """The live tasks right below one."""
        return self.list_tasks(parent_id=task_id, limit=0).tasks

    def get_dependencies(self, task_id: str) -> tuple[Task, ...]:
        """The live tasks that one depends on directly."""
        found = self._ledger.call("dependency.tree", requests.TaskRef(task_id=task_id))
        return tuple(node.task for node in found.tree.children if node.task.deleted_at is None)

    def get_tree(self, task_id: str) -> answers.TreeNode:
        """A task and everything below it."""
        answer: answers.TreeAnswer = self._ledger.call("task.tree", requests.TaskRef(task_id=task_id))
        return answer.tree

    def history(self, task_id: str | None = None, *, limit: int = 50) -> answers.HistoryAnswer:
        """What happened to a task, or to everything, newest first."""
        answer: answers.HistoryAnswer = self._ledger.call("event.list", requests.History(task_id=task_id, limit=limit))
        return answer

    # ------------------------------------------------------------ the queue

    def ready(self, **filters: Any) -> answers.TaskPage:
        """What can be worked on now; `filters` are those of `ReadyTasks`."""
        answer: answers.TaskPage = self._ledger.call("task.ready", requests.ReadyTasks(**filters))
        return answer

    def explain(self, task_id: str) -> answers.Explanation:
        """Whether a task is ready, and if not, everything it waits for."""
        answer: answers.Explanation = self._ledger.call("task.explain", requests.TaskRef(task_id=task_id))
        return answer

    def claim(self, task_id: str | None = None, **wishes: Any) -> answers.ClaimAnswer:
        """Hold a task, or the most urgent ready one; `wishes` are those of `ClaimTask`. Keep the answer's fence."""
        answer: answers.ClaimAnswer = self._ledger.call("task.claim", requests.ClaimTask(task_id=task_id, **wishes))
        return answer

    def heartbeat(
        self, task_id: str, *, fence: int | None = None, lease_seconds: int | None = None
    ) -> answers.ClaimAnswer:
        """Renew a lease. Raises StaleFence where the claim is over."""
        request = requests.Heartbeat(task_id=task_id, fence=fence, lease_seconds=lease_seconds)
        answer: answers.ClaimAnswer = self._ledger.call("task.heartbeat", request)
        return answer

    def release(self, task_id: str, *, fence: int | None = None, reason: str | None = None) -> Task:
        """Give a held task back to the queue."""
        request = requests.Release(task_id=task_id, fence=fence, reason=reason)
        answer: answers.TaskAnswer = self._ledger.call("task.release", request)
        return answer.task

    def checkpoint(self, task_id: str, state: dict[str, Any], *, fence: int | None = None) -> Task:
        """Keep where the work stands; it survives a reclaim."""
        request = requests.Checkpoint(task_id=task_id, state=state, fence=fence)
        answer: answers.TaskAnswer = self._ledger.call("task.checkpoint", request)
        return answer.task

    def complete_task(self, task_id: str, *, idempotency_key: str | None = None, **how: Any) -> answers.CompleteAnswer:
        """Complete a task; answers what that made ready. Raises NotReady, StaleFence or HeldByOther."""
        request = requests.CompleteTasks(task_ids=(task_id,), **how)
        answer: answers.CompleteAnswer = self._ledger.call("task.complete", request, idempotency_key=idempotency_key)
        return answer

    def reopen(self, task_id: str, *, reason: str | None = None) -> Task:
        """Bring a task back to pending."""
        return self._move("task.reopen", task_id, reason)

    def cancel(self, task_id: str, *, reason: str | None = None) -> Task:
        """Give a task up."""
        return self._move("task.cancel", task_id, reason)

    def block(self, task_id: str, *, reason: str | None = None) -> Task:
        """Hold a task by hand."""
        return self._move("task.block", task_id, reason)

    def defer(self, task_id: str, until: Micros | None) -> Task:
        """Put a task off until a moment; None brings it back."""
        return self._move("task.defer", task_id, None, until)

    def _move(self, operation: str, task_id: str, reason: str | None, until: Micros | None = None) -> Task:
        request = requests.MoveTasks(task_ids=(task_id,), reason=reason, until=until)
        answer: answers.MovedAnswer = self._ledger.call(operation, request)
        return answer.tasks[0]

    # ------------------------------------------------------------ relations

    def add_dependency(self, task_id: str, depends_on: str) -> Task:
        """Make a task depend on another. Raises CycleRefused, with the circle, where it would wait for itself."""
        return self.link(task_id, depends_on, "depends_on")

    def remove_dependency(self, task_id: str, depends_on: str) -> Task:
        """Take a dependency away."""
        request = requests.Relate(source=task_id, target=depends_on)
        answer: answers.MovedAnswer = self._ledger.call("relation.remove", request)
        return answer.tasks[0]

    def link(self, task_id: str, other: str, kind: str) -> Task:
        """Relate a task to another."""
        answer: answers.TaskAnswer = self._ledger.call(
            "relation.add", requests.Relate(source=task_id, target=other, kind=kind)
        )
        return answer.task


class Projects:
    """Projects: each method is one operation, in one transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def create(self, project_id: str, *, name: str | None = None, **fields: Any) -> Project:
        """Make a project; its id is the prefix of its tasks' ids. Raises DuplicateId."""
        return self._run("project.create", requests.CreateProject(project_id=project_id, name=name, **fields))

    def get(self, project_id: str) -> Project:
        """One project. Raises NotFound."""
        return self._run("project.get", requests.ProjectRef(project_id=project_id))

    def list(self, *, archived: bool = False) -> tuple[Project, ...]:
        """Projects by id."""
        answer: answers.ProjectsAnswer = self._ledger.call("project.list", requests.ListProjects(archived=archived))
        return answer.projects

    def update(
        self,
        project_id: str,
        *,
        name: str | Unset = UNSET,
        description: str | Unset = UNSET,
        workflow: dict[str, Any] | Unset = UNSET,
    ) -> Project:
        """Give a project new values."""
        request = requests.UpdateProject(project_id=project_id, name=name, description=description, workflow=workflow)
        return self._run("project.update", request)

    def archive(self, project_id: str) -> Project:
        """Put a project away: it is read, not written, and offers no work."""
        return self._run("project.archive", requests.ProjectRef(project_id=project_id))

    def _run(self, operation: str, request: Any) -> Project:
        answer: answers.ProjectAnswer = self._ledger.call(operation, request)
        return answer.project
