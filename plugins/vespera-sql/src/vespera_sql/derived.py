"""What helpers of the core read and keep: scores, the graph, vectors, memos, secrets. Rows go out as they come."""

from __future__ import annotations

import gc
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from vespera_core.model.graph import Edge, GraphNode
from vespera_core.model.jsontext import canonical, parse
from vespera_core.model.query import TaskQuery
from vespera_core.ports.storage import Embedding, Reader, TaskVector, TextScore, UnitOfWork, VectorMark
from vespera_sql import sql
from vespera_sql.selection import Clause, filters, listed, text_source, vector_rows_text


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Make hundreds of thousands of rows without Python looking through them again and again for circles.

    Half the time of reading a whole graph went there. Whoever found the collector at rest leaves it so.
    """
    runs = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if runs:
            gc.enable()


class DerivedReader(Reader):
    """A connection inside a transaction, and what helpers ask of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def _all(self, text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(text, values).fetchall()

    def _listed(self, text: str, ids: Sequence[str]) -> list[tuple[Any, ...]]:
        """Rows for a list of ids."""
        clause = listed(text, ids)
        return self._all(clause.text, clause.values)

    def text_scores(self, terms: Sequence[str], query: TaskQuery) -> list[TextScore]:
        if not terms:
            return []
        source = text_source(terms, query, every=False)
        text = f"SELECT task.task_id, -{sql.TEXT_RANK} {source.text} ORDER BY 2 DESC, 1 LIMIT ?"
        return list(map(TextScore._make, self._connection.execute(text, (*source.values, query.limit or -1))))

    def ids(self, query: TaskQuery) -> list[str]:
        where = filters(query)
        text = f"SELECT task.task_id FROM task WHERE {where.text} ORDER BY task.task_id"
        return [row[0] for row in self._connection.execute(text, where.values)]

    def graph_nodes(self, ids: Sequence[str] | None = None) -> list[GraphNode]:
        with _collector_paused():
            rows = self._all(sql.NODES) if ids is None else self._listed(sql.NODES_BY_IDS, ids)
            return list(map(GraphNode._make, rows))

    def graph_edges(self, ids: Sequence[str] | None = None) -> list[Edge]:
        with _collector_paused():
            rows = self._arrows(ids)
            rows.sort()  # sorting and sifting here costs half of what SQLite takes for it
            deleted = {row[0] for row in self._all(sql.DELETED)}
            if deleted:
                rows = [row for row in rows if row[0] not in deleted and row[2] not in deleted]
            return list(map(Edge._make, rows))

    def _arrows(self, ids: Sequence[str] | None) -> list[tuple[Any, ...]]:
        if ids is None:
            return self._all(sql.RELATIONS) + self._all(sql.CHILDREN)
        values = (json.dumps(list(ids)),)
        return self._all(sql.RELATIONS_FROM_MANY, values) + self._all(sql.CHILDREN_OF_IDS, values)

    def embeddings(self, model: str, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        rows = self._connection.execute(sql.EMBEDDINGS, (json.dumps(list(keys)), model))
        return {(project_id, digest): vector for project_id, digest, vector in rows}

    def task_vectors(
        self, model: str, query: TaskQuery | None = None, ids: Sequence[str] | None = None
    ) -> Iterator[TaskVector]:
        text = Clause(sql.LIVE_VECTOR_ROWS, (model,))
        if ids is not None or (query is not None and filters(query) != filters(TaskQuery())):
            text = vector_rows_text(model, query, ids)
        with _collector_paused():
            found = self._all(text.text, text.values)
            vectors = self._vectors(model, [row for _, _, row in found])
            return iter([TaskVector(task_id, version, vectors[row]) for task_id, version, row in found])

    def _vectors(self, model: str, rows: list[int]) -> dict[int, bytes]:
        """Vectors by row. From a third of all on, reading the whole table through is faster than looking them up."""
        if len(rows) * 3 > self._all(sql.LAST_VECTOR)[0][0]:
            return dict(self._connection.execute(sql.VECTORS, (model,)))
        return dict(self._connection.execute(sql.VECTORS_BY_ROW, (json.dumps(rows),)))

    def vector_versions(self, model: str, ids: Sequence[str] | None = None) -> dict[str, int]:
        if ids is None:
            return dict(self._connection.execute(sql.VECTOR_VERSIONS, (model,)))
        return dict(self._connection.execute(sql.VECTOR_VERSIONS_OF, (model, json.dumps(list(ids)))))

    def memos(self, space: str) -> dict[str, Any]:
        return {key: parse(text) for key, text in self._connection.execute(sql.MEMOS, (space,))}

    def secrets(self, refs: Sequence[str] | None = None) -> dict[str, bytes]:
        if refs is None:
            return dict(self._connection.execute(sql.SECRETS))
        return dict(self._connection.execute(sql.SECRETS_OF, (json.dumps(list(refs)),)))

    def position(self) -> int:
        return int(self._connection.execute(sql.POSITION).fetchone()[0])


class DerivedUnit(DerivedReader, UnitOfWork):
    """Keeps what helpers derive: in the unit's transaction, in no event and no version."""

    def put_memos(self, space: str, memos: Mapping[str, Any]) -> None:
        for key, value in memos.items():
            if value is None:
                self._connection.execute(sql.FORGET_MEMO, (space, key))
            else:
                self._connection.execute(sql.PUT_MEMO, (space, key, canonical(value)))

    def put_secrets(self, secrets: Mapping[str, bytes | None]) -> None:
        for ref, sealed in secrets.items():
            if sealed is None:
                self._connection.execute(sql.FORGET_SECRET, (ref,))
            else:
                self._connection.execute(sql.PUT_SECRET, (ref, sealed))

    def put_embeddings(self, model: str, embeddings: Sequence[Embedding]) -> None:
        self._connection.executemany(sql.PUT_EMBEDDING, [(model, *one) for one in embeddings])

    def put_vector_marks(self, model: str, marks: Sequence[VectorMark]) -> None:
        self._connection.executemany(sql.PUT_VECTOR_MARK, [(model, *one) for one in marks])

    def prune_vectors(self, model: str) -> int:
        self._connection.execute(sql.PRUNE_MARKS, (model,))
        return self._connection.execute(sql.PRUNE_EMBEDDINGS).rowcount
