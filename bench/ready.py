"""The queue and the search: what is asked again and again, at two sizes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.measure import Figure, Sizes, Target, calls_in_turns
from bench.raw import Commit, connect
from bench.stores import WORDS, Shape, Stores, database, opened
from vespera_core.app.application import Vespera

PAGE = 50
READY = "SELECT * FROM task WHERE ready_at = 0 ORDER BY priority, created_at, task_id LIMIT ?"
RELATIONS = "SELECT source, kind, target FROM relation WHERE source IN (SELECT value FROM json_each(?))"
SEARCH = (
    "SELECT task.* FROM task_text JOIN task ON task.row = task_text.rowid WHERE task_text MATCH ?"
    " ORDER BY bm25(task_text) LIMIT ?"
)


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family."""
    small, large = (stores.filled(Shape(count)).folder for count in (sizes.small, sizes.large))
    with opened(small) as few, opened(large) as many:
        for folder, ledger, count, limit in ((small, few, sizes.small, 5), (large, many, sizes.large, 10)):
            pairs = calls_in_turns(_ready(ledger), _page(folder, READY, PAGE), sizes.calls)
            yield Figure(f"ready, {PAGE} of {count:,}", pairs, Target("ours", limit), "the same rows by sqlite3")
        growth = calls_in_turns(_ready(many), _ready(few), sizes.calls)
        name = f"ready, {sizes.large:,} beside {sizes.small:,}"
        yield Figure(name, growth, Target("ours / raw", 2), f"ours at {sizes.small:,}")
        yield _search(few, small, sizes)
        yield _claim(sizes, stores, many)


def _search(ledger: Vespera, folder: Path, sizes: Sizes) -> Figure:
    """Words alone, each of them once: answers are kept while the log stands still."""
    ours, raw, page = iter(WORDS), iter(WORDS), _pages(folder, SEARCH)
    pairs = calls_in_turns(
        lambda: ledger.tasks.search(next(ours), mode="text", limit=PAGE),
        lambda: page(next(raw), PAGE), min(len(WORDS) - 1, max(5, sizes.calls // 4)),
    )  # fmt: skip
    total = ledger.tasks.search(WORDS[0], mode="text").total
    name = f"search, a word in {total:,} of {sizes.small:,}"
    return Figure(name, pairs, Target("ours / raw"), "FTS5, bm25, 50 best")


def _ready(ledger: Vespera) -> Callable[[], object]:
    return lambda: ledger.tasks.ready(limit=PAGE)


def _page(folder: Path, query: str, *values: Any) -> Callable[[], object]:
    """A page of rows and their relations, as tuples."""
    page = _pages(folder, query)
    return lambda: page(*values)


def _pages(folder: Path, query: str) -> Callable[..., object]:
    """The same, for values that are told each time."""
    store = connect(database(folder))

    def read(*values: Any) -> object:
        rows = store.execute(query, values).fetchall()
        return rows, store.execute(RELATIONS, (json.dumps([row[1] for row in rows]),)).fetchall()

    return read


def _claim(sizes: Sizes, stores: Stores, ledger: Vespera) -> Figure:
    commit = Commit(database(stores.fresh()))

    def claim() -> None:
        assert ledger.tasks.claim().task is not None, "nothing is ready"

    pairs = calls_in_turns(claim, commit, sizes.calls)
    commit.close()
    return Figure(f"claim at {sizes.large:,}", pairs, Target("ours - raw", 5), "one commit")
