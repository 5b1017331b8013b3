"""Recommending: what an actor could take up next, among what is ready, with the reasons in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from vespera_core.app.requests import ReadyTasks
from vespera_core.app.search.answers import RecommendAnswer, Recommended
from vespera_core.app.search.requests import Recommend
from vespera_core.app.session import Session
from vespera_core.app.tasks.reading import ready_query
from vespera_core.errors import EmbedderFault, PluginFault
from vespera_core.model.basics import SECOND
from vespera_core.model.query import TaskQuery, check_limit
from vespera_core.model.task import DEPENDS_ON, PRIORITIES, Task
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import Reader

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

LOOKED_AT: Final = 200
"""Ready tasks that are weighed, the most urgent ones."""

_RECENT: Final = 300
_CLOSED: Final = 10
_DAY: Final = 86_400 * SECOND
_ALIKE: Final = 0.35
"""From this likeness on, a task is said to be like the actor's recent work."""

Reasons = Iterator[tuple[float, str]]
"""What speaks for a task: how much (an urgent priority is worth 1), and in words."""


class History(NamedTuple):
    """What the actor did lately: the tasks closed last, and the roles they were for."""

    closed: tuple[str, ...]
    roles: frozenset[str]


def recommend(kernel: Kernel, request: Recommend, caller: Caller) -> RecommendAnswer:
    """Ready tasks that suit the caller, the best first. Nothing that is assigned to somebody else."""
    limit = check_limit(request.limit) or None
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        page = reader.select(
            ready_query(session, ReadyTasks(role=request.role, project_id=request.project_id, limit=LOOKED_AT))
        )
        tasks = [task for task in page.items if task.assignee in (None, caller.actor)]
        history = _history(reader, caller.actor)
        unblocks = _unblocks(reader, tasks)
        alike = _alike(kernel, reader, tasks, history)
    weighed = [
        _weighed(
            task, [*_urgency(task, session.now), *_fit(task, caller.actor, history, alike), *_effect(task, unblocks)]
        )
        for task in tasks
    ]
    best = sorted(weighed, key=lambda one: (-one.score, one.task.created_at, one.task.task_id))
    return RecommendAnswer(caller.actor, tuple(best[:limit]), page.total)


def _weighed(task: Task, found: Sequence[tuple[float, str]]) -> Recommended:
    strongest = sorted(found, key=lambda one: -one[0])
    return Recommended(task, round(sum(weight for weight, _ in found), 3), tuple(text for _, text in strongest if text))


def _urgency(task: Task, now: int) -> Reasons:
    rank = PRIORITIES.index(task.priority)
    yield 1.0 - rank / 4, f"priority {task.priority}" if rank < 2 else ""
    if task.due_at is not None:
        days = (task.due_at - now) / _DAY
        if days < 0:
            yield 1.0, "overdue"
        elif days < 7:
            yield 0.7 * (1 - days / 7) + 0.1, "due today" if days < 1 else f"due in {int(days)} d"


def _fit(task: Task, actor: str, history: History, alike: dict[str, float]) -> Reasons:
    if task.assignee == actor:
        yield 0.8, "assigned to you"
    if task.checkpoint:
        yield 0.5, "begun: a checkpoint waits"
    if task.role is not None and task.role in history.roles:
        yield 0.3, f"role {task.role}, as your recent work"
    likeness = alike.get(task.task_id, 0.0)
    if likeness >= _ALIKE:
        yield 0.5 * likeness, "like what you closed lately"


def _effect(task: Task, unblocks: Counter[str]) -> Reasons:
    if count := unblocks[task.task_id]:
        yield min(0.8, 0.2 + 0.15 * count), f"{count} open {'task waits' if count == 1 else 'tasks wait'} for it"


def _unblocks(reader: Reader, tasks: Sequence[Task]) -> Counter[str]:
    """How many open tasks depend on each of these directly."""
    edges = [edge for edge in reader.edges([task.task_id for task in tasks], incoming=True) if edge.kind == DEPENDS_ON]
    nodes = reader.graph_nodes(sorted({edge.source for edge in edges}))
    waiting = {node.task_id for node in nodes if node.open}
    return Counter(edge.target for edge in edges if edge.source in waiting)


def _history(reader: Reader, actor: str) -> History:
    page = reader.select(TaskQuery(open=False, sort="updated", limit=_RECENT, counted=False))
    closed = [task for task in page.items if task.closed_by == actor][:_CLOSED]
    return History(tuple(task.task_id for task in closed), frozenset(task.role for task in closed if task.role))


def _alike(kernel: Kernel, reader: Reader, tasks: Sequence[Task], history: History) -> dict[str, float]:
    """How like each task is to the actor's recent work as a whole; nothing without a model or without such work."""
    try:
        model = kernel.engines.embedder().model_id if history.closed and tasks else ""
    except (EmbedderFault, PluginFault):
        model = ""
    if not model:
        return {}
    import numpy as np

    found = reader.task_vectors(model, ids=[*history.closed, *(task.task_id for task in tasks)])
    vectors = {one.task_id: np.frombuffer(one.vector, dtype="<f4") for one in found}
    done = [vectors[one] for one in history.closed if one in vectors]
    if not done:
        return {}
    centre = np.mean(done, axis=0)
    centre /= max(float(np.linalg.norm(centre)), 1e-9)
    return {task.task_id: float(vectors[task.task_id] @ centre) for task in tasks if task.task_id in vectors}
