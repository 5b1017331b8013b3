"""Likeness: tasks like one task, and a look at those that are there before another is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from vespera_core.app.answers import CreateAnswer, SimilarTask
from vespera_core.app.requests import CreateTask
from vespera_core.app.search.answers import SimilarAnswer
from vespera_core.app.search.channels import caught_up, nearest
from vespera_core.app.search.matrices import text_vector
from vespera_core.app.search.requests import Similar
from vespera_core.app.search.tuning import threshold
from vespera_core.app.search.words import terms
from vespera_core.app.session import Session
from vespera_core.builtin.document import document
from vespera_core.builtin.memory.selection import fits
from vespera_core.errors import EmbedderFault, PluginFault, SimilarExists
from vespera_core.model.basics import check_choice
from vespera_core.model.query import TaskQuery, check_limit
from vespera_core.model.task import Task
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import Reader
from vespera_core.ports.vectors import Neighbour

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.embedder import Matrix

WARN, RETURN_EXISTING, REFUSE = CHOICES = ("warn", "return_existing", "refuse")
NAMED: Final = 5


def similar(kernel: Kernel, request: Similar, caller: Caller) -> SimilarAnswer:
    """The tasks that are most like one, closed ones included."""
    limit = check_limit(request.limit) or None
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        task = session.task(request.task_id)
        project = None if request.project_id is None else (session.project(request.project_id).project_id,)
    standing = caught_up(kernel)
    shown = tasks_like(kernel, task, limit, TaskQuery(projects=project, open=request.open))
    return SimilarAnswer(task.task_id, tuple(shown), threshold(kernel), standing.behind)


def tasks_like(kernel: Kernel, task: Task, limit: int | None, scope: TaskQuery) -> list[SimilarTask]:
    """The tasks that are most like one, of those whose vectors are there; all of them without a limit."""
    vector = _vector_of(kernel, task)
    found = nearest(kernel, vector, kernel.engines.vectors().count() if limit is None else limit + 1, scope)
    others = [one for one in found if one.task_id != task.task_id][:limit]
    with kernel.storage.read() as reader:
        return similar_tasks(reader, others, scope)


def _vector_of(kernel: Kernel, task: Task) -> Matrix:
    """The kept vector of a task's present version, or the one that it will have."""
    with kernel.storage.read() as reader:
        model = kernel.engines.embedder().model_id
        kept = next(iter(reader.task_vectors(model, ids=(task.task_id,))), None)
    if kept is not None and kept.version == task.version:
        return np.frombuffer(kept.vector, dtype="<f4")
    return text_vector(kernel, task.title, document(task))


def similar_tasks(reader: Reader, found: list[Neighbour], scope: TaskQuery) -> list[SimilarTask]:
    """The rows behind neighbours; those that do not fit any more are left out."""
    rows = reader.tasks([one.task_id for one in found])
    return [
        SimilarTask(one.task_id, rows[one.task_id].title, rows[one.task_id].status, round(one.likeness, 4))
        for one in found
        if one.task_id in rows and fits(scope, rows[one.task_id])
    ]


# ---------------------------------------------------------------- before another is made


def create_beside(
    kernel: Kernel, request: CreateTask, caller: Caller, write: Callable[[], CreateAnswer]
) -> CreateAnswer:
    """Make a task unless one like it is there, or say which ones are; `request.if_similar` chooses.

    It is a look and no lock: two callers who make the same task at the same moment may both succeed.
    """
    choice = check_choice("if_similar", request.if_similar, CHOICES)
    found = _alike(kernel, request)
    if not found or choice == WARN:
        return replace(write(), similar=found)
    if choice == REFUSE:
        likest = found[0]
        raise SimilarExists(
            f"A task like it is there: {likest.task_id} ({likest.status}), {likest.title}",
            similar=[one.task_id for one in found],
            next=f"Look at it with 'vespera show {likest.task_id}'; for another matter, leave --if-similar out.",
        )
    with kernel.storage.read() as reader:
        task = Session(reader, caller, kernel.clock()).task(found[0].task_id)
    return CreateAnswer(task, created=False, similar=found)


def _alike(kernel: Kernel, request: CreateTask) -> tuple[SimilarTask, ...]:
    """Tasks that may be the same; without a model, those with the same title."""
    scope = TaskQuery(projects=None if request.project_id is None else (request.project_id,))
    same = _same_title(kernel, request.title, scope)
    try:
        caught_up(kernel)
        body = "\n".join(
            part for part in (request.description, request.acceptance_criteria, request.notes) if part
        )  # fmt: skip
        vector = text_vector(kernel, request.title, body)
        least = threshold(kernel)
        found = [one for one in nearest(kernel, vector, NAMED, scope) if one.likeness >= least]
    except (EmbedderFault, PluginFault):
        found = []
    with kernel.storage.read() as reader:
        near = similar_tasks(reader, found, scope)
    named = {one.task_id: one for one in (*same, *near)}
    return tuple(sorted(named.values(), key=lambda one: (-one.likeness, one.task_id)))[:NAMED]


def _same_title(kernel: Kernel, title: str, scope: TaskQuery) -> list[SimilarTask]:
    wanted = title.strip().casefold()
    with kernel.storage.read() as reader:
        found = reader.text_scores(terms(title), replace(scope, limit=20))
        rows = reader.tasks([one.task_id for one in found]).values()
    return [
        SimilarTask(task.task_id, task.title, task.status, 1.0)
        for task in rows
        if task.title.strip().casefold() == wanted
    ]
