"""What helpers of the core read and keep in the memory store: scores, the graph, vectors, memos and
secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from vespera_core.builtin.memory.selection import matches, score, words
from vespera_core.builtin.memory.state import State
from vespera_core.model.graph import Edge, GraphNode
from vespera_core.model.jsontext import canonical, parse
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import CHILD_OF, Task
from vespera_core.ports.rows import TASK_COLUMNS, task_of_row
from vespera_core.ports.storage import Embedding, Reader, TaskVector, TextScore, UnitOfWork, VectorMark

_DELETED_AT: Final = TASK_COLUMNS.index("deleted_at")
_NODE_VALUES: Final = itemgetter(*(TASK_COLUMNS.index(name) for name in GraphNode._fields if name != "category"))
_CATEGORY: Final = GraphNode._fields.index("category")


class DerivedReader(Reader):
    """The state itself, while the store's lock is held, and what helpers ask of it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def _task(self, task_id: str) -> Task:
        return task_of_row(self._state.tasks[task_id], self._state.relations.get(task_id, ()))

    def _matching(self, query: TaskQuery) -> Iterator[Task]:
        for task_id in self._state.tasks:
            task = self._task(task_id)
            if matches(query, task, self._state.readiness[task_id]):
                yield task

    def _scored(self, terms: Sequence[str], query: TaskQuery, *, every: bool) -> list[tuple[float, Task]]:
        """Tasks that have the words, best first, with their scores."""
        wanted = [word for term in terms for word in words(term)]
        ranked = [(score(task, wanted, every=every), task) for task in self._matching(query)]
        return sorted((pair for pair in ranked if pair[0]), key=lambda pair: (-pair[0], pair[1].task_id))

    def text_scores(self, terms: Sequence[str], query: TaskQuery) -> list[TextScore]:
        found = self._scored(terms, query, every=False)[: query.limit or None]
        return [TextScore(task.task_id, points) for points, task in found]

    def ids(self, query: TaskQuery) -> list[str]:
        return sorted(task.task_id for task in self._matching(query))

    def _is_live(self, task_id: str) -> bool:
        row = self._state.tasks.get(task_id)
        return row is not None and row[_DELETED_AT] is None

    def _live(self, ids: Iterable[str] | None) -> list[str]:
        """Ids of live tasks, of these or of all, sorted, each once."""
        return sorted(filter(self._is_live, self._state.tasks if ids is None else set(ids)))

    def graph_nodes(self, ids: Sequence[str] | None = None) -> list[GraphNode]:
        return [self._node(task_id) for task_id in self._live(ids)]

    def _node(self, task_id: str) -> GraphNode:
        values = _NODE_VALUES(self._state.tasks[task_id])
        category = self._state.readiness[task_id].category
        return GraphNode._make((*values[:_CATEGORY], category, *values[_CATEGORY:]))

    def graph_edges(self, ids: Sequence[str] | None = None) -> list[Edge]:
        found = (edge for task_id in self._live(ids) for edge in outgoing(self._task(task_id)))
        return sorted(edge for edge in found if self._is_live(edge.target))

    def embeddings(self, model: str, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        kept = self._state.embeddings
        return {(project, digest): kept[one] for project, digest in keys if (one := (model, project, digest)) in kept}

    def task_vectors(
        self, model: str, query: TaskQuery | None = None, ids: Sequence[str] | None = None
    ) -> Iterator[TaskVector]:
        for task_id in self._live(ids):
            mark = self._state.marks.get((model, task_id))
            if mark is None or (query is not None and not self._fits(query, task_id)):
                continue
            vector = self._state.embeddings.get((model, mark.project_id, mark.content_hash))
            if vector is not None:
                yield TaskVector(task_id, mark.version, vector)

    def _fits(self, query: TaskQuery, task_id: str) -> bool:
        return matches(query, self._task(task_id), self._state.readiness[task_id])

    def vector_versions(self, model: str, ids: Sequence[str] | None = None) -> dict[str, int]:
        wanted = None if ids is None else set(ids)
        marks = (mark for (one, _), mark in self._state.marks.items() if one == model)
        return {mark.task_id: mark.version for mark in marks if wanted is None or mark.task_id in wanted}

    def memos(self, space: str) -> dict[str, Any]:
        return {key: parse(text) for (one, key), text in sorted(self._state.memos.items()) if one == space}

    def secrets(self, refs: Sequence[str] | None = None) -> dict[str, bytes]:
        wanted = None if refs is None else set(refs)
        return {ref: sealed for ref, sealed in sorted(self._state.secrets.items()) if wanted is None or ref in wanted}


class DerivedUnit(DerivedReader, UnitOfWork):
    """Keeps what helpers derive: in the journal like every row, in no event and no version."""

    def put_memos(self, space: str, memos: Mapping[str, Any]) -> None:
        for key, value in memos.items():
            text = canonical(value)
            (space + key + text).encode()  # a lone surrogate fits into no file, so no store takes it
            if value is not None:
                self._state.put(self._state.memos, (space, key), text)
            elif (space, key) in self._state.memos:
                self._state.drop(self._state.memos, (space, key))

    def put_secrets(self, secrets: Mapping[str, bytes | None]) -> None:
        for ref, sealed in secrets.items():
            ref.encode()
            if sealed is not None:
                self._state.put(self._state.secrets, ref, bytes(sealed))
            elif ref in self._state.secrets:
                self._state.drop(self._state.secrets, ref)

    def put_embeddings(self, model: str, embeddings: Sequence[Embedding]) -> None:
        for project_id, content_hash, vector in embeddings:
            key = (model, project_id, content_hash)
            if key not in self._state.embeddings:
                self._state.put(self._state.embeddings, key, bytes(vector))

    def put_vector_marks(self, model: str, marks: Sequence[VectorMark]) -> None:
        for mark in marks:
            kept = self._state.marks.get((model, mark.task_id))
            if mark.task_id in self._state.tasks and (kept is None or kept.version <= mark.version):
                self._state.put(self._state.marks, (model, mark.task_id), mark)

    def prune_vectors(self, model: str) -> int:
        for mark in [one for one in self._state.marks if one[0] != model or not self._is_live(one[1])]:
            self._state.drop(self._state.marks, mark)
        named = {(model, mark.project_id, mark.content_hash) for mark in self._state.marks.values()}
        stale = [key for key in self._state.embeddings if key not in named]
        for key in stale:
            self._state.drop(self._state.embeddings, key)
        return len(stale)


def outgoing(task: Task) -> list[Edge]:
    """The arrows that start at a task."""
    edges = [Edge(task.task_id, kind, target) for kind, target in task.relations]
    return edges if task.parent_id is None else [*edges, Edge(task.task_id, CHILD_OF, task.parent_id)]
