"""Vectors: the exact index beside a bare matrix product, filtered, and Chroma beside its own bare client."""

from __future__ import annotations

import itertools
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bench.engines import Floats, RawChroma, columns_of, missing, projected, table_of, unmeasured
from bench.measure import Figure, Sizes, Target, calls_in_turns
from bench.stores import ACTOR, Shape, Stores, opened, text
from vespera_core.app.application import Vespera
from vespera_core.app.services.requests import RebuildIndexes
from vespera_core.model.query import TaskQuery

BEST = 10
FEW = "few"
"""The project of one task in a hundred."""
BATCH = 500


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family."""
    small, large = (indexed(stores, Shape(count)) for count in (sizes.small, sizes.large))
    with opened(small) as ledger:
        yield _exact(ledger, sizes.small, sizes)
    with opened(large) as ledger:
        yield _exact(ledger, sizes.large, sizes)
        yield _filtered(ledger, sizes.large, sizes)
    yield _chroma(small, stores.scratch("raw-chroma"), sizes)


def indexed(stores: Stores, shape: Shape) -> Path:
    """A workspace of its own with a task in a hundred in another project, and the vector of every task."""
    folder = stores.scratch(f"indexed-{shape.name}")
    if not folder.exists():
        shutil.copytree(stores.filled(shape).folder, folder)
        with opened(folder) as ledger:
            _add_few(ledger, shape.tasks // 100)
            standing = ledger.kernel.engines.catch_up(600)
            assert standing.complete, standing
    return folder


def _add_few(ledger: Vespera, count: int) -> None:
    ledger.projects.create(FEW)
    source = random.Random(count)
    words = [text(source) for _ in range(count)]
    for start in range(0, count, BATCH):
        ledger.tasks.create_task_tree(
            [{"title": one.title, "description": one.description, "project_id": FEW}
             for one in words[start : start + BATCH]]
        )  # fmt: skip


def questions(ledger: Vespera) -> Callable[[], Floats]:
    """Vectors of texts like those of the tasks, one after another."""
    source = random.Random(7)
    made = ledger.kernel.engines.embedder().embed([text(source).title for _ in range(64)])
    turns = itertools.cycle(range(len(made)))
    return lambda: made[next(turns)]


def _exact(ledger: Vespera, count: int, sizes: Sizes) -> Figure:
    index, tasks, ask = ledger.kernel.engines.exact(), projected(ledger), questions(ledger)
    ids, table = [one.task.task_id for one in tasks], table_of(tasks)

    def bare() -> list[tuple[str, float]]:
        scores = table @ ask()
        best = np.argpartition(scores, -BEST)[-BEST:]
        return [(ids[at], float(scores[at])) for at in best[np.argsort(-scores[best])]]

    index.nearest(ask(), BEST)  # takes everything in, and the next question compares it: neither is counted
    index.nearest(ask(), BEST)
    pairs = calls_in_turns(lambda: index.nearest(ask(), BEST), bare, sizes.calls)
    return Figure(f"exact, {BEST} of {count:,} vectors", pairs, Target("ours / raw", 2), "numpy on a ready matrix")


def _filtered(ledger: Vespera, count: int, sizes: Sizes) -> Figure:
    index, ask, scope = ledger.kernel.engines.exact(), questions(ledger), TaskQuery(projects=(FEW,))
    few = table_of([one for one in projected(ledger) if one.task.project_id == FEW])
    pairs = calls_in_turns(
        lambda: index.nearest(ask(), BEST, scope), lambda: np.argsort(-(few @ ask()))[:BEST], sizes.calls
    )
    name = f"exact, {BEST} of one project of 1 % of {count:,}"
    return Figure(name, pairs, Target("ours", 5), "numpy on a matrix of these rows alone")


def _chroma(folder: Path, place: Path, sizes: Sizes) -> Figure:
    """Chroma as Vespera runs it, in a child process, beside a bare client of this process, with the same vectors."""
    name, target = f"chroma, {BEST} of {sizes.small:,} vectors", Target("ours / raw", 1.5)
    raw_is = "Chroma's bare client, in this process"
    if why := missing("chroma"):
        return unmeasured(name, target, raw_is, why)
    with Vespera.open(folder, actor=ACTOR, vectors="chroma") as ledger:
        raw = RawChroma(place)
        raw.load(columns_of(projected(ledger)))
        ledger.call("index.rebuild", RebuildIndexes(index="vectors"))
        index, ask = ledger.kernel.engines.vectors(), questions(ledger)
        pairs = calls_in_turns(lambda: index.nearest(ask(), BEST), lambda: raw.nearest(ask(), BEST), sizes.calls)
        by_chroma = ledger.kernel.engines.standing()[1]
        assert by_chroma.answers == "chroma", by_chroma
        raw.close()
    return Figure(name, pairs, target, raw_is)
