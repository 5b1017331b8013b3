"""The raw limits of indexes: Chroma and Kuzu by themselves, with finished rows, in this process."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.measure import Figure, Pairs, Target
from vespera_core.app.application import Vespera
from vespera_core.app.projections.source import Source
from vespera_core.ports.projection import Projected

Floats = NDArray[np.float32]

ENGINES = {"chroma": ("vespera_chroma", "chromadb"), "kuzu": ("vespera_kuzu", "kuzu")}
"""What has to be installed for each one."""
HNSW: Any = {"space": "cosine", "ef_construction": 400, "max_neighbors": 32, "ef_search": 200}
"""The parameters of our own index: with others, the comparison would be of graphs and not of the ways to them."""


def missing(*engines: str) -> str:
    """Which of the packages of these engines are not installed, in words; empty where all are."""
    names = [package for engine in engines for package in ENGINES[engine] if find_spec(package) is None]
    return f"not measured: {', '.join(names)} not installed" if names else ""


def unmeasured(name: str, target: Target, raw_is: str, why: str) -> Figure:
    """A line that says what was not measured, and why."""
    return Figure(name, Pairs(), target, raw_is, note=why)


def projected(ledger: Vespera) -> list[Projected]:
    """Every live task as indexes get it; the vectors have to be made already."""
    model = ledger.kernel.engines.embedder().model_id
    return list(Source(ledger.kernel.storage, model).walk(1_000))


def table_of(tasks: Sequence[Projected]) -> Floats:
    """Their vectors as one matrix."""
    return np.frombuffer(b"".join(one.vector or b"" for one in tasks), "<f4").reshape(len(tasks), -1)


class Columns(NamedTuple):
    """Finished rows for Chroma, side by side."""

    ids: list[str]
    vectors: Floats
    rows: list[Any]

    def part(self, start: int, end: int) -> Columns:
        return Columns(self.ids[start:end], self.vectors[start:end], self.rows[start:end])


def columns_of(tasks: Sequence[Projected]) -> Columns:
    """The rows that our own index would keep, but for the values that are not set."""
    from vespera_chroma.rows import Sealer

    vectors = table_of(tasks)
    sealer = Sealer(vectors.shape[1])
    marks = sealer.marks(vectors)
    rows = [sealer.row(one, mark) for one, mark in zip(tasks, marks, strict=True)]
    told = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return Columns([one.task.task_id for one in tasks], vectors, told)


class RawChroma:
    """Chroma's own client, embedded, with one collection at a time."""

    def __init__(self, folder: Path) -> None:
        import chromadb
        from chromadb.config import Settings

        self._client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        self._most = self._client.get_max_batch_size()
        self._made = 0
        self.empty()

    def empty(self) -> None:
        """Go on with a new collection."""
        self._made += 1
        self._collection = self._client.create_collection(
            f"bare-{self._made}", configuration={"hnsw": HNSW}, embedding_function=None
        )

    def create(self, one: Columns) -> None:
        """Write rows as one change, durably."""
        self._collection.upsert(ids=one.ids, embeddings=one.vectors, metadatas=one.rows)

    def load(self, whole: Columns) -> None:
        """Write everything, in batches as large as the engine takes."""
        for start in range(0, len(whole.ids), self._most):
            part = whole.part(start, start + self._most)
            self._collection.add(ids=part.ids, embeddings=part.vectors, metadatas=part.rows)

    def nearest(self, vector: Floats, limit: int) -> object:
        """Ids and distances of the nearest."""
        return self._collection.query(query_embeddings=vector[None, :], n_results=limit, include=["distances"])

    def close(self) -> None:
        self._client.close()  # type: ignore[attr-defined]


class RawKuzu:
    """A Kuzu graph with tasks, projects and dependencies, and few properties."""

    def __init__(self, folder: Path) -> None:
        import kuzu

        folder.mkdir(parents=True)
        self._folder = folder
        self._database = kuzu.Database(
            str(folder / "graph"), buffer_pool_size=256 << 20, max_db_size=1 << 33, max_num_threads=2
        )
        self._run = kuzu.Connection(self._database).execute
        self._run(
            "CREATE NODE TABLE Task(task_id STRING PRIMARY KEY, version INT64, title STRING, status STRING,"
            " open BOOLEAN)"
        )
        self._run("CREATE NODE TABLE Project(project_id STRING PRIMARY KEY)")
        self._run("CREATE REL TABLE IN_PROJECT(FROM Task TO Project)")
        self._run("CREATE REL TABLE DEPENDS_ON(FROM Task TO Task)")

    def create(self, one: Projected) -> None:
        """Write a task and its project in one transaction, durably."""
        self._run(
            "MERGE (p:Project {project_id: $project}) CREATE (:Task {task_id: $id, version: $version, title: $title,"
            " status: $status, open: $open})-[:IN_PROJECT]->(p)",
            {"project": one.task.project_id, "id": one.task.task_id, "version": one.task.version,
             "title": one.task.title, "status": one.task.status, "open": one.category != "closed"},
        )  # fmt: skip

    def write_files(self, tasks: Sequence[Projected]) -> None:
        """Make the files that `load` copies."""
        self._write(
            "Task", ([one.task.task_id, one.task.version, one.task.title, one.task.status, one.category != "closed"]
            for one in tasks),
        )  # fmt: skip
        self._write("Project", ([one] for one in sorted({one.task.project_id for one in tasks})))
        self._write("IN_PROJECT", ([one.task.task_id, one.task.project_id] for one in tasks))
        relations = ((one.task.task_id, kind, target) for one in tasks for kind, target in one.task.relations)
        self._write("DEPENDS_ON", ([source, target] for source, kind, target in relations if kind == "depends_on"))

    def _write(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        with (self._folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)

    def load(self) -> None:
        """Copy the files into an empty graph, and fold the log into the graph's file."""
        for name in ("Task", "Project", "IN_PROJECT", "DEPENDS_ON"):
            self._run(f"COPY {name} FROM '{self._folder / name}.csv' (HEADER=false, PARALLEL=false)")
        self._run("CHECKPOINT")

    def close(self) -> None:
        self._database.close()
