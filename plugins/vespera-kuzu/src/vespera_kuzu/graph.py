"""The graph of tasks in an embedded graph database: a projection that the core feeds, and that answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from vespera_core.errors import ConfigError
from vespera_core.model.graph import Edge, Structure
from vespera_core.ports.graph import Direction, Graph, Table
from vespera_core.ports.projection import Gone, Projected, Projection
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.storage import Finding
from vespera_kuzu import reading
from vespera_kuzu.applying import apply_batch
from vespera_kuzu.asking import ask, check_limit, prepared
from vespera_kuzu.checking import findings
from vespera_kuzu.database import Database, open_database
from vespera_kuzu.dependencies import Dependencies
from vespera_kuzu.engine import MODULES
from vespera_kuzu.loading import load_all
from vespera_kuzu.options import Options, read_options
from vespera_kuzu.schema import KEYS
from vespera_kuzu.session import Session


class KuzuGraph(Graph, Projection):
    """Tasks and their relations in a file of Kuzu's, or of its fork's.

    What it answers to the core is what the in-process graph answers; `query` takes Cypher besides.
    """

    needs_vectors = False

    def __init__(self, database: Database, options: Options) -> None:
        self._database = database
        self._options = options
        self._kept: tuple[int, Dependencies] | None = None

    @classmethod
    def open(cls, settings: dict[str, Any], context: OpenContext) -> Self:
        """Open the graph in the context's folder, or make an empty one there."""
        options = read_options(settings, MODULES)
        if context.folder is None:
            raise ConfigError("The graph kuzu needs a folder for its files.", next="Open it in a workspace.")
        return cls(open_database(context.folder, options), options)

    # ---------------------------------------------------------------- the projection

    def apply(self, batch: Sequence[Projected], gone: Sequence[Gone]) -> None:
        if batch or gone:
            with self._database.writing() as session:
                apply_batch(session, batch, gone)

    def versions(self) -> dict[str, int]:
        with self._database.reading() as session:
            return dict(session.rows("MATCH (t:Task) RETURN t.task_id, t.version"))

    def load(self, tasks: Iterable[Projected]) -> int:
        if self._is_empty():
            self._kept = None
            with self._database.loading() as session:
                return load_all(session, tasks, self._database.folder.path)
        return super().load(tasks)

    def _is_empty(self) -> bool:
        with self._database.reading() as session:
            return not session.rows(f"MATCH (n:{':'.join(KEYS)}) RETURN 1 LIMIT 1")

    def check(self) -> list[Finding]:
        with self._database.reading() as session:
            return findings(session)

    # ---------------------------------------------------------------- the graph

    def structure(self) -> Structure:
        with self._database.reading() as session:
            return reading.structure(session)

    def reach(self, ids: Sequence[str], direction: Direction, hops: int | None = None) -> dict[str, int]:
        with self._database.reading() as session:
            return self._dependencies(session).reach(ids, direction, hops)

    def path(self, source: str, target: str) -> list[str]:
        with self._database.reading() as session:
            if not (reading.is_there(session, source) and reading.is_there(session, target)):
                return []
            return self._dependencies(session).path(source, target)

    def _dependencies(self, session: Session) -> Dependencies:
        """The arrows of the state that the session sees, as read before where nothing has changed since."""
        count, kept = reading.commits(session), self._kept
        if kept is None or kept[0] != count:
            kept = self._kept = count, Dependencies(reading.arrows(session, "DEPENDS_ON"))
        return kept[1]

    def neighbours(self, task_id: str) -> list[Edge]:
        with self._database.reading() as session:
            return reading.neighbours(session, task_id)

    def query(self, text: str, parameters: Mapping[str, Any] | None = None, limit: int = 1000) -> Table:
        """Answer one Cypher statement that only reads; raises InvalidInput for any other."""
        values = dict(parameters or {})
        question = prepared(text, values)
        with self._database.reading() as session:
            return ask(session, question, values, check_limit(limit), self._options.query_timeout_seconds)

    def close(self) -> None:
        self._database.close()
