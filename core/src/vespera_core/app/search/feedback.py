"""Feedback: whether answers were useful. It stays on this machine, and moves two constants within narrow bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.search.answers import FeedbackAnswer
from vespera_core.app.search.channels import caught_up, nearest, vector_of, word_shares
from vespera_core.app.search.noted import FEEDBACK, KEPT, base_weight, entries, words_weight
from vespera_core.app.search.requests import Feedback
from vespera_core.app.search.state import SPACE
from vespera_core.app.search.words import terms
from vespera_core.app.session import Session
from vespera_core.errors import EmbedderFault, InvalidInput, PluginFault
from vespera_core.model.basics import check_text
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import Task
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import UnitOfWork

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

_RIVALS: Final = 10


def feedback(kernel: Kernel, request: Feedback, caller: Caller) -> FeedbackAnswer:
    """Note an answer's worth; the last thousand are kept."""
    if (request.query is None) == (request.like is None):
        raise InvalidInput("Feedback is on a query, or on the likeness to a task: name one of the two.", field="query")
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        task = session.task(request.task_id)
        other = None if request.like is None else session.task(request.like)
    entry: dict[str, Any] = {"task_id": task.task_id, "useful": bool(request.useful), "at": kernel.clock()}
    try:
        caught_up(kernel)
        entry |= _on_query(kernel, request, task) if other is None else _on_pair(kernel, task, other)
    except (EmbedderFault, PluginFault):
        entry |= {"query": request.query} if other is None else {"like": other.task_id}
    kept = kernel.storage.write(lambda unit: _note(unit, entry))
    with kernel.storage.read() as reader:
        weight = words_weight(reader, base_weight(kernel))
    return FeedbackAnswer(kept, weight, _threshold(kernel))


def _note(unit: UnitOfWork, entry: dict[str, Any]) -> int:
    kept = [*entries(unit.memos(SPACE)), entry][-KEPT:]
    unit.put_memos(SPACE, {FEEDBACK: kept})
    return len(kept)


def _on_query(kernel: Kernel, request: Feedback, task: Task) -> dict[str, Any]:
    """Which way the weight of words should have leaned, from -1 to 1.

    A useful answer asks for more weight on words where its rank among its rivals is better by words than by meaning;
    one that was of no use asks for the contrary.
    """
    query = check_text("query", request.query, 10_000, empty=False)
    with kernel.storage.read() as reader:
        words = word_shares(reader, terms(query), TaskQuery(), 1_000).by_task
    vector = vector_of(kernel, query)
    found = {one.task_id: one.likeness for one in nearest(kernel, vector, _RIVALS, None)}
    best = sorted(words, key=lambda one: (-words[one], one))[:_RIVALS]
    asked = sorted({task.task_id, *best} - set(found))
    found.update((one.task_id, one.likeness) for one in nearest(kernel, vector, len(asked), None, asked))
    rivals = [one for one in found if one != task.task_id]
    by_words = _beaten(task.task_id, rivals, words)
    by_meaning = _beaten(task.task_id, rivals, found)
    lean = round((by_words - by_meaning) * (1 if request.useful else -1), 4)
    return {"query": query[:200], "lean": lean}


def _beaten(task_id: str, rivals: list[str], scores: dict[str, float]) -> float:
    """The share of rivals that a task is not behind."""
    own = scores.get(task_id, 0.0)
    return sum(scores.get(one, 0.0) <= own for one in rivals) / max(len(rivals), 1)


def _on_pair(kernel: Kernel, task: Task, other: Task) -> dict[str, Any]:
    import numpy as np

    model = kernel.engines.embedder().model_id
    with kernel.storage.read() as reader:
        found = list(reader.task_vectors(model, ids=(task.task_id, other.task_id)))
    rows = [np.frombuffer(one.vector, dtype="<f4") for one in found]
    likeness = {"likeness": round(float(rows[0] @ rows[1]), 4)} if len(rows) == 2 else {}
    return {"like": other.task_id, **likeness}


def _threshold(kernel: Kernel) -> float | None:
    from vespera_core.app.search.tuning import threshold

    try:
        return threshold(kernel)
    except (EmbedderFault, PluginFault):
        return None
