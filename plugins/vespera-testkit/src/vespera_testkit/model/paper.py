"""The ledger on paper: a small model of the rules, written from the prose of the architecture and not from the code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from vespera_core.model.project import Project
from vespera_core.model.task import PRIORITIES, Task

SHIPPED = {
    "pending": "todo", "in_progress": "active", "blocked": "held", "in_review": "active", "completed": "closed",
    "cancelled": "closed",
}  # fmt: skip
SECOND = 1_000_000

Node = tuple[str, str]
Arrow = tuple[str, str]


@dataclass
class Sheet:
    """What the model knows of one task."""

    task_id: str
    project: str
    created: int
    status: str = "pending"
    type: str = "task"
    priority: str = "normal"
    role: str | None = None
    assignee: str | None = None
    parent: str | None = None
    deps: set[str] = field(default_factory=set)
    links: set[tuple[str, str]] = field(default_factory=set)
    defer: int | None = None
    deleted: bool = False
    batch: int | None = None
    hold: str | None = None
    owner: str | None = None
    until: int | None = None
    seconds: int | None = None
    fence: int = 0
    closed_by: str | None = None

    @classmethod
    def of(cls, task: Task) -> Sheet:
        """What a stored task says."""
        links = {(one.kind, one.target) for one in task.relations if one.kind != "depends_on"}
        return cls(
            task.task_id, task.project_id, task.created_at, task.status, task.type, task.priority, task.role,
            task.assignee, task.parent_id, set(task.depends_on), links, task.defer_until, task.deleted_at is not None,
            None, task.hold_kind, task.lease_owner, task.lease_until, task.lease_seconds, task.fence, task.closed_by,
        )  # fmt: skip

    def let_go(self) -> None:
        """Nobody holds it any more."""
        self.hold = self.owner = self.until = self.seconds = None

    def lapsed(self, now: int) -> bool:
        """A worker's lease that is over."""
        return self.hold == "worker" and self.until is not None and self.until <= now

    def facts(self) -> dict[str, Any]:
        """Everything but the number of the batch, which the ledger names in its own way."""
        return {name: value for name, value in vars(self).items() if name != "batch"}


class Paper:
    """All tasks, and what follows from them."""

    def __init__(self) -> None:
        self.tasks: dict[str, Sheet] = {}
        self.statuses: dict[str, dict[str, str]] = {}
        self.archived: set[str] = set()
        self._batches = 0

    @classmethod
    def of(cls, projects: Iterable[Project], tasks: Iterable[Task]) -> Paper:
        """The model of what a store holds."""
        paper = cls()
        for project in projects:
            paper.statuses[project.project_id] = {**SHIPPED, **project.workflow.get("statuses", {})}
            if project.status == "archived":
                paper.archived.add(project.project_id)
        paper.tasks = {task.task_id: Sheet.of(task) for task in tasks}
        return paper

    # ------------------------------------------------------------ open, waiting, ready

    def category(self, one: Sheet) -> str:
        """What its status means."""
        return self.statuses[one.project][one.status]

    def open(self, task_id: str) -> bool:
        """Not completed, cancelled or deleted."""
        return self.category(self.tasks[task_id]) != "closed" and not self.tasks[task_id].deleted

    def above(self, one: Sheet) -> Iterator[Sheet]:
        """Its open ancestors: what is closed holds nothing up."""
        while one.parent is not None:
            one = self.tasks[one.parent]
            if self.open(one.task_id):
                yield one

    def children(self, task_id: str) -> list[str]:
        """What hangs right below, deleted ones included."""
        return sorted(one.task_id for one in self.tasks.values() if one.parent == task_id)

    def branch(self, task_id: str) -> list[str]:
        """It and everything below it."""
        found = [task_id]
        for one in found:
            found.extend(self.children(one))
        return found

    def blockers(self, one: Sheet) -> set[str]:
        """Open tasks that it depends on."""
        return {target for target in one.deps if self.open(target)}

    def open_children(self, one: Sheet) -> list[str]:
        """Open tasks right below it."""
        return [child for child in self.children(one.task_id) if self.open(child)]

    def held_above(self, one: Sheet) -> bool:
        """Some ancestor is blocked, by a task or by hand."""
        return any(self.blockers(up) or self.category(up) == "held" for up in self.above(one))

    def deferral_above(self, one: Sheet) -> int | None:
        """The latest deferral of an ancestor."""
        return max((up.defer for up in self.above(one) if up.defer is not None), default=None)

    def obstructed(self, one: Sheet, now: int) -> bool:
        """Something stands in the way, its own status and hold left aside."""
        deferred = max(one.defer or 0, self.deferral_above(one) or 0) > now
        return bool(self.blockers(one) or self.open_children(one) or self.held_above(one) or deferred)

    def ready_at(self, one: Sheet) -> int | None:
        """When it is ready if only time passes: 0 for now, None for never."""
        if one.deleted or self.blockers(one) or self.open_children(one) or self.held_above(one):
            return None
        wait = max(one.defer or 0, self.deferral_above(one) or 0)
        if self.category(one) == "todo":
            return wait
        if self.category(one) == "active" and one.hold == "worker" and one.until is not None:
            return max(wait, one.until)
        return None

    def ready(self, now: int, *, offered: bool = True) -> list[str]:
        """Ready tasks, the most urgent first; `offered` leaves out those of archived projects."""
        found = [
            one
            for one in self.tasks.values()
            if (at := self.ready_at(one)) is not None and at <= now and not (offered and one.project in self.archived)
        ]
        found.sort(key=lambda one: (PRIORITIES.index(one.priority), one.created, one.task_id))
        return [one.task_id for one in found]

    # ------------------------------------------------------------ cycles, by brute force

    def circular(self, deps: Iterable[Arrow] = (), parents: Iterable[Arrow] = (), moved: str | None = None) -> bool:
        """Whether anything waits for itself with these arrows added, deleted tasks included."""
        waits: dict[Node, set[Node]] = {}

        def add(first: Node, second: Node) -> None:
            waits.setdefault(first, set()).add(second)

        trees = [(one.task_id, one.parent) for one in self.tasks.values() if one.parent and one.task_id != moved]
        needs = [(one.task_id, target) for one in self.tasks.values() for target in one.deps]
        for child, parent in [*trees, *parents]:
            add(("start", child), ("start", parent))
            add(("finish", parent), ("finish", child))
        for source, target in [*needs, *deps]:
            add(("start", source), ("finish", target))
        for task_id in {one for _, one in [*waits, *(node for nodes in waits.values() for node in nodes)]}:
            add(("finish", task_id), ("start", task_id))
        return any(_reaches(waits, node, node) for node in waits)

    # ------------------------------------------------------------ who may write

    def guard(self, one: Sheet, actor: str, fence: int | None, now: int) -> set[str]:
        """Codes of the refusals that a write of `one` meets."""
        if one.project in self.archived:
            return {"archived"}
        if fence is not None:
            return set() if one.hold is not None and fence == one.fence else {"stale_fence"}
        foreign = one.hold is not None and one.owner != actor
        return {"held"} if foreign and not one.lapsed(now) else set()

    # ------------------------------------------------------------ what happens

    def move(self, one: Sheet, status: str, actor: str) -> None:
        """Another status, with what follows from it."""
        if status == one.status:
            return
        was, one.status = self.category(one), status
        if status != "in_progress":
            one.let_go()
        if self.category(one) != "closed":
            one.closed_by = None
        elif was != "closed":
            one.closed_by = actor

    def take(self, one: Sheet, actor: str, now: int, seconds: int, *, human: bool) -> None:
        """A claim."""
        one.status, one.hold, one.owner, one.assignee = "in_progress", "human" if human else "worker", actor, actor
        one.until, one.seconds = (None, None) if human else (now + seconds * SECOND, seconds)
        one.fence += 1

    def release(self, one: Sheet) -> None:
        """Back into the queue."""
        if one.assignee == one.owner:
            one.assignee = None
        one.let_go()
        one.status = "pending"

    def delete(self, ids: Iterable[str]) -> None:
        """Gone together."""
        self._batches += 1
        for one in map(self.tasks.__getitem__, ids):
            if one.hold is not None:
                one.status = "pending"
            one.let_go()
            one.deleted, one.batch = True, self._batches

    def batch_of(self, one: Sheet) -> list[str] | None:
        """What comes back with it; None where its parent went before it."""
        root = one
        while root.parent is not None and self.tasks[root.parent].deleted:
            if self.tasks[root.parent].batch != one.batch:
                return None
            root = self.tasks[root.parent]
        return [task_id for task_id in self.branch(root.task_id) if self.tasks[task_id].batch == one.batch]

    def restore(self, ids: Iterable[str]) -> None:
        """Back again."""
        for one in map(self.tasks.__getitem__, ids):
            one.deleted, one.batch = False, None

    def adopt(self, other: Paper, batches: dict[str, str]) -> None:
        """Believe what a store says, where the model does not foresee it."""
        names = {name: number for number, name in enumerate(sorted(set(batches.values())), self._batches + 1)}
        self.tasks, self.statuses, self.archived = other.tasks, other.statuses, other.archived
        self._batches += len(names)
        for task_id, name in batches.items():
            self.tasks[task_id].batch = names[name]


def _reaches(waits: dict[Node, set[Node]], start: Node, end: Node) -> bool:
    seen: set[Node] = set()
    stack = list(waits.get(start, ()))
    while stack:
        node = stack.pop()
        if node == end:
            return True
        if node not in seen:
            seen.add(node)
            stack.extend(waits.get(node, ()))
    return False
