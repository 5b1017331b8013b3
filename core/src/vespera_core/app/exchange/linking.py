"""Linking: which arrows of a file lead somewhere, and whether any of them would make a task wait for itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from vespera_core.app.rules.knots import all_cycles
from vespera_core.errors import CycleRefused
from vespera_core.model.basics import Micros
from vespera_core.model.graph import Edge
from vespera_core.model.task import CHILD_OF, DEPENDS_ON, Relation
from vespera_core.ports.format import ImportProblem, ImportRow, Source
from vespera_core.ports.storage import Reader

_KEPT_ROWS: Final = 20_000


@dataclass(slots=True)
class Sketch:
    """What linking and readiness need to know of a row."""

    where: str
    project_id: str | None
    status: str
    deleted: bool
    defer_until: Micros | None
    hold_kind: str | None
    parents: Sequence[str]
    wanted: Sequence[tuple[str, str]]
    parent_id: str | None = None
    relations: tuple[Relation, ...] = ()


@dataclass(slots=True)
class Links:
    """All rows of a file by id; `kept` holds the rows themselves while they are few enough not to be read again."""

    rows: dict[str, Sketch] = field(default_factory=dict)
    kept: list[ImportRow] | None = field(default_factory=list)

    def take(self, row: ImportRow) -> None:
        """Note a row."""
        fields = row.fields
        self.rows[fields["task_id"]] = Sketch(
            row.where, fields.get("project_id"), fields.get("status", "pending"), fields.get("deleted_at") is not None,
            fields.get("defer_until"), fields.get("hold_kind"), row.parents, row.relations,
        )  # fmt: skip
        if self.kept is not None:
            self.kept.append(row)
            if len(self.kept) > _KEPT_ROWS:
                self.kept = None

    def fresh(self) -> Links:
        """The same rows, unresolved: a transaction may have to run again."""
        for row in self.rows.values():
            row.parent_id, row.relations = None, ()
        return self

    def depends_on(self, task_id: str) -> Iterator[str]:
        """The targets of a row's dependencies that lead somewhere."""
        return (target for kind, target in self.rows[task_id].relations if kind == DEPENDS_ON)

    def count(self) -> int:
        """How many arrows of the file lead somewhere, parents among them."""
        return sum(len(row.relations) + (row.parent_id is not None) for row in self.rows.values())

    def resolve(self, reader: Reader, known: set[str], source: Source) -> list[ImportProblem]:
        """Keep the arrows that lead to a row or a task; report the others, and circles where the source drops them.

        Raises CycleRefused for a circle where it does not.
        """
        outside = {one for row in self.rows.values() for one in _targets(row)} - self.rows.keys()
        there = self.rows.keys() | known | reader.readiness(sorted(outside)).keys()
        problems = [problem for task_id, row in self.rows.items() for problem in _resolve_row(task_id, row, there)]
        problems.extend(self._open_circles(reader, drop=source.drops_cycles))
        return problems

    def _open_circles(self, reader: Reader, *, drop: bool) -> Iterator[ImportProblem]:
        while found := all_cycles(self._graph(reader)):
            for cycle, edges in found:
                shown = " -> ".join(cycle)
                mine = [edge for edge in edges if edge.source in self.rows]
                if not drop or not mine:
                    raise CycleRefused(
                        f"The file makes tasks wait for each other: {shown}.", cycle=cycle,
                        next="Take one of these relations out of the file, then import it again.",
                    )  # fmt: skip
                edge = next((one for one in reversed(mine) if one.kind == DEPENDS_ON), mine[-1])
                self._drop(edge)
                where = self.rows[edge.source].where
                yield ImportProblem(
                    where, "cycle", f"{edge.source} {edge.kind} {edge.target} would close a cycle: {shown}"
                )

    def _drop(self, edge: Edge) -> None:
        row = self.rows[edge.source]
        if edge.kind == CHILD_OF:
            row.parent_id = None
        else:
            row.relations = tuple(one for one in row.relations if one != (edge.kind, edge.target))

    def _graph(self, reader: Reader) -> Iterator[Edge]:
        """The file's arrows, and those of the ledger that can be reached from them."""
        frontier: set[str] = set()
        for task_id, row in self.rows.items():
            for edge in _edges(task_id, row):
                yield edge
                if edge.target not in self.rows:
                    frontier.add(edge.target)
        seen = set(frontier)
        while frontier:
            ids = sorted(frontier)
            outgoing = reader.edges(ids, incoming=False)
            children = [edge for edge in reader.edges(ids, incoming=True) if edge.kind == CHILD_OF]
            yield from (edge for edge in (*outgoing, *children) if edge.source not in self.rows)
            frontier = {one for edge in (*outgoing, *children) for one in edge[::2]} - seen - self.rows.keys()
            seen |= frontier


def linked(source: Source) -> Links:
    """Read a source for its ids and arrows."""
    links = Links()
    for row in source.rows():
        links.take(row)
    return links


def _targets(row: Sketch) -> Iterator[str]:
    yield from row.parents
    yield from (target for _, target in row.wanted)


def _resolve_row(task_id: str, row: Sketch, there: set[str]) -> Iterator[ImportProblem]:
    relations = []
    for parent in row.parents:
        if parent == task_id or parent not in there:
            yield _lost(task_id, row, "parent", parent)
        elif row.parent_id is None:
            row.parent_id = parent
        elif parent != row.parent_id:
            relations.append(Relation("relates_to", parent))
            yield ImportProblem(
                row.where, "second_parent", f"{task_id} has a further parent {parent}, kept as relates_to"
            )
    for kind, target in row.wanted:
        if target == task_id or target not in there:
            yield _lost(task_id, row, kind, target)
        else:
            relations.append(Relation(kind, target))
    row.relations = tuple(sorted(set(relations))) if relations else ()


def _lost(task_id: str, row: Sketch, kind: str, target: str) -> ImportProblem:
    because = "is the task itself" if target == task_id else "was not imported and is not here"
    return ImportProblem(row.where, "unresolved", f"{task_id} {kind} {target}: {target} {because}")


def _edges(task_id: str, row: Sketch) -> Iterator[Edge]:
    if row.parent_id is not None:
        yield Edge(task_id, CHILD_OF, row.parent_id)
    for kind, target in row.relations:
        if kind == DEPENDS_ON:
            yield Edge(task_id, kind, target)
