"""Growth: what is done most, at three sizes, beside SQLite on the same rows, and beside ours at the least size.

All sizes are open at once and asked in turns, so that a busy moment of the machine falls on all of them. What is kept
while the log stands still is asked after a change, as it is where people work.

``python -m bench.growth FILE`` prints the curve out of a file of figures, as a table for documents.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from bench.engines import projected, table_of
from bench.measure import Cost, Figure, Pairs, Sizes, Target, timed
from bench.raw import BEGIN, RawWriter, rows_after
from bench.ready import PAGE, READY, RELATIONS, SEARCH
from bench.stores import WORDS, Shape, Stores, database, is_open, opened, task_id, text
from vespera_core.app.requests import Nothing

BEST = 10
GROWTH = "growth of "
ONE = "SELECT * FROM task WHERE task_id = ?"
LIST = "SELECT * FROM task WHERE deleted_at IS NULL ORDER BY priority, created_at, task_id LIMIT ?"
COUNT = "SELECT count(*) FROM task WHERE deleted_at IS NULL"
EDGES = "SELECT source, target FROM relation WHERE kind = 'depends_on'"
COUNTS = tuple(f"SELECT {one}, count(*) FROM task GROUP BY {one}" for one in ("status", "priority", "type"))

FLAT = 2.0
"""What costs by the page, or by the logarithm of the size, may take so many times as long in a larger store."""
LINEAR = 1.25
"""What looks at every task may grow so many times as much as the tasks do."""


class World:
    """A workspace of so many tasks, open, and a copy of its file for SQLite alone."""

    def __init__(self, stores: Stores, tasks: int) -> None:
        self.tasks = tasks
        self.random = random.Random(tasks)
        self.folder, bare = (stores.scratch(f"growth-{tasks}-{kind}") for kind in ("ours", "raw"))
        for folder in (self.folder, bare):
            shutil.copytree(stores.filled(Shape(tasks)).folder, folder)
        self.ledger = opened(self.folder)
        self.writer = RawWriter(database(bare))
        self.row = self.asked("SELECT max(row) FROM task")[0][0]
        standing = self.ledger.kernel.engines.catch_up(600)
        assert standing.complete, standing

    @cached_property
    def table(self) -> Any:
        """The vectors of all tasks as one matrix."""
        return table_of(projected(self.ledger))

    def one(self) -> str:
        """An open task that nothing else here closes."""
        return task_id(next(one for one in iter(lambda: self.random.randrange(self.tasks), None) if is_open(one)))

    def change(self) -> None:
        """A change that answers have to take in, and that moves nothing in the queue."""
        self.ledger.tasks.update_task(self.one(), estimate_minutes=self.random.randrange(10, 500))

    def asked(self, query: str, *values: Any) -> list[Any]:
        return self.writer.connection.execute(query, values).fetchall()

    def page(self, query: str, *values: Any) -> None:
        """Rows with their relations."""
        rows = self.asked(query, *values)
        self.asked(RELATIONS, json.dumps([row[1] for row in rows]))

    def commit(self) -> None:
        """One change of one small row, made durable."""
        self.writer.connection.execute(BEGIN)
        self.writer.connection.execute("UPDATE project SET ready_count = ready_count + 1")
        self.writer.connection.execute("COMMIT")

    def close(self) -> None:
        self.writer.close()
        self.ledger.close()


Turn = tuple[Cost, Cost]


class Doing(NamedTuple):
    """Something that is done, and one turn of it, ours and raw. `whole`: it looks at every task."""

    name: str
    turn: Callable[[World], Turn]
    raw_is: str
    whole: bool = False
    dear: bool = False

    def limit(self, times: float) -> float:
        """How much it may grow where the tasks grow so many times."""
        return LINEAR * times if self.whole else FLAT


def _create(world: World) -> Turn:
    words = text(world.random)
    ours = timed(lambda: world.ledger.tasks.create_task(words.title, description=words.description))
    rows = rows_after(database(world.folder), world.row)
    world.row += len(rows.tasks)
    return ours, timed(lambda: world.writer.create(rows))


def _get(world: World) -> Turn:
    one = world.one()
    return timed(lambda: world.ledger.tasks.get_task(one)), timed(lambda: world.page(ONE, one))


def _list(world: World) -> Turn:
    return (
        timed(lambda: world.ledger.tasks.list_tasks(limit=PAGE)),
        timed(lambda: (world.page(LIST, PAGE), world.asked(COUNT))),
    )


def _ready(world: World) -> Turn:
    return timed(lambda: world.ledger.tasks.ready(limit=PAGE)), timed(lambda: world.page(READY, PAGE))


def _claim(world: World) -> Turn:
    def work() -> None:
        claim = world.ledger.tasks.claim()
        assert claim.task is not None, "nothing is ready"
        world.ledger.tasks.complete_task(claim.task.task_id, fence=claim.fence)

    return timed(work), timed(lambda: (world.commit(), world.commit()))


def _words(world: World) -> Turn:
    word = world.random.choice(WORDS)
    world.change()
    return (
        timed(lambda: world.ledger.tasks.search(word, mode="text", limit=BEST)),
        timed(lambda: world.asked(SEARCH, word, BEST)),
    )


def _meaning(world: World) -> Turn:
    words, table = text(world.random).title, world.table
    made = world.ledger.kernel.engines.embedder().embed([words])[0]
    world.change()
    return (
        timed(lambda: world.ledger.tasks.search(words, mode="semantic", limit=BEST)),
        timed(lambda: (table @ made).argpartition(-BEST)[-BEST:]),
    )


def _path(world: World) -> Turn:
    world.change()
    return timed(world.ledger.graph.critical_path), timed(lambda: world.asked(EDGES))


def _dashboard(world: World) -> Turn:
    world.change()
    return timed(world.ledger.graph.dashboard), timed(lambda: [world.asked(one) for one in COUNTS])


def _stats(world: World) -> Turn:
    world.change()
    return (
        timed(lambda: world.ledger.call("system.stats", Nothing())),
        timed(lambda: [world.asked(one) for one in COUNTS]),
    )


DONE = (
    Doing("create", _create, "the same rows, a FULL commit"),
    Doing("get a task", _get, "its row and relations"),
    Doing(f"list, {PAGE}", _list, "the same rows and a count"),
    Doing(f"ready, {PAGE}", _ready, "the same rows"),
    Doing("claim and complete", _claim, "two commits"),
    Doing("counts", _stats, "counts by status, priority and type", whole=True),
    Doing("search by a word", _words, f"FTS5, bm25, {BEST} best", whole=True),
    Doing("search by meaning", _meaning, "numpy on a ready matrix", whole=True, dear=True),
    Doing("critical path", _path, "reading every dependency", whole=True, dear=True),
    Doing("dashboard", _dashboard, "counts by status, priority and type", whole=True, dear=True),
)


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family."""
    counts = (sizes.least, sizes.small, sizes.large)
    with ExitStack() as stack:
        worlds = [World(stores, count) for count in counts]
        for world in worlds:
            stack.callback(world.close)
        for doing in DONE:
            yield from _curve(doing, worlds, max(3, sizes.calls // 20) if doing.dear else sizes.calls)


def _curve(doing: Doing, worlds: list[World], rounds: int) -> Iterator[Figure]:
    """What one thing costs at each size, and how often that is what it costs at the least."""
    for world in worlds:
        doing.turn(world)  # what is only made once is not counted
    turns = [[doing.turn(world) for world in worlds] for _ in range(rounds)]
    columns = [Pairs([ours for ours, _ in one], [raw for _, raw in one]) for one in zip(*turns, strict=True)]
    least = worlds[0].tasks
    for world, pairs in zip(worlds, columns, strict=True):
        yield Figure(f"{doing.name}, {world.tasks:,} tasks", pairs, Target("ours / raw"), doing.raw_is)
    for world, pairs in zip(worlds[1:], columns[1:], strict=True):
        name = f"{GROWTH}{doing.name}, {world.tasks:,} beside {least:,}"
        target = Target("ours / raw", doing.limit(world.tasks / least))
        yield Figure(name, Pairs(pairs.ours, columns[0].ours), target, f"ours at {least:,}")


def curve(found: list[dict[str, Any]]) -> str:
    """The curve as a table: the median at each size, how often it is that of SQLite, and how it grows."""
    lines: dict[str, list[str]] = {}
    for one in found:
        name, _, size = one["figure"].removeprefix(GROWTH).rpartition(", ")
        cells = lines.setdefault(name, [])
        if one["figure"].startswith(GROWTH):
            cells.append(f"{one['value']:.1f}x" + ("" if one["met"] == "yes" else f" (expected {one['target']})"))
        elif size.endswith(" tasks"):
            cells.append(f"{one['ours']['wall_median']:.2f} ms, {one['value']:.1f}x")
    sizes = [one["figure"].rpartition(", ")[2] for one in found if not one["figure"].startswith(GROWTH)][:3]
    grown = [one["figure"].rpartition(", ")[2] for one in found if one["figure"].startswith(GROWTH)][:2]
    rows = [("operation", *sizes, *grown), *((name, *cells) for name, cells in lines.items() if len(cells) == 5)]
    head, *rest = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, f"|{' --- |' * 6}", *rest]) + "\n"


if __name__ == "__main__":
    whole = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.write(curve(whole["figures"]))
