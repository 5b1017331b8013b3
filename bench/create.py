"""Durable creates: one caller, 64 threads that share commits, and processes that queue for the store."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier, Thread

from bench.measure import Cost, Figure, Pairs, Sizes, Target, ask, helper, in_turns, p99, timed
from bench.raw import RawWriter, rows_after
from bench.stores import Stores, Text, database, opened, text
from vespera_core.app.application import Vespera


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family."""
    share = Target("raw / ours", 0.5, 0.8)
    alone = _Creates(stores, 1, sizes.creates)
    yield Figure("create, 1 caller", alone.measure(sizes.rounds), share, "sqlite3, a FULL commit each")
    bare = _Creates(stores, 1, sizes.creates, described=False)
    yield Figure("create, 1 caller, title alone", bare.measure(sizes.rounds), Target("raw / ours"), "the same, sqlite3")
    shared = _Creates(stores, sizes.threads, sizes.creates_a_thread)
    pairs = shared.measure(sizes.rounds)
    yield Figure(f"create, {sizes.threads} threads", pairs, share, f"sqlite3, {sizes.threads} a FULL commit")
    yield _queueing(sizes, stores)


class _Creates:
    """Creates in one of our stores, and the same rows in a raw one."""

    def __init__(self, stores: Stores, threads: int, each: int, *, described: bool = True) -> None:
        self._random = random.Random(threads)
        self._threads = threads
        self._each = each
        self._described = described
        self._ours, self._raw = stores.fresh(), stores.fresh()
        self._copied = 0

    def measure(self, rounds: int) -> Pairs:
        count = self._threads * self._each
        writer = RawWriter(database(self._raw))
        with opened(self._ours) as ledger:
            pairs = in_turns(
                lambda: self._run_ours(ledger).per(count), lambda: self._run_raw(writer).per(count), rounds + 1
            )
        writer.close()
        return Pairs(pairs.ours[1:], pairs.raw[1:])

    def _run_ours(self, ledger: Vespera) -> Cost:
        texts = [[text(self._random) for _ in range(self._each)] for _ in range(self._threads)]
        if self._threads == 1:
            return timed(lambda: self._create(ledger, texts[0]))
        barrier = Barrier(self._threads + 1)

        def work(mine: list[Text]) -> None:
            barrier.wait()
            self._create(ledger, mine)

        threads = [Thread(target=work, args=(mine,)) for mine in texts]
        for thread in threads:
            thread.start()
        return timed(lambda: _finish(barrier, threads))

    def _create(self, ledger: Vespera, texts: list[Text]) -> None:
        create = ledger.tasks.create_task
        for one in texts:
            create(one.title, description=one.description if self._described else "")

    def _run_raw(self, writer: RawWriter) -> Cost:
        rows = rows_after(database(self._ours), self._copied)
        self._copied += len(rows.tasks)
        return timed(lambda: writer.create(rows, self._threads))


def _finish(barrier: Barrier, threads: list[Thread]) -> None:
    barrier.wait()
    for thread in threads:
        thread.join()


def _queueing(sizes: Sizes, stores: Stores) -> Figure:
    """Single creates of several processes at once: how long each one waits for its turn and its commit."""
    ours, raw = stores.fresh(), stores.fresh()
    pairs = Pairs()
    pairs.ours = _all_writers(sizes, "ours", ours, ours)
    pairs.raw = _all_writers(sizes, "raw", raw, ours)
    waits = [_waits(pairs.ours), _waits(pairs.raw)]
    return Figure(
        f"create, {sizes.processes} processes", pairs, Target("ours / raw"), "sqlite3 with its busy wait",
        note=f"p50 / p99 / longest {waits[0]}, raw {waits[1]} (fair turns: nobody starves, everybody queues)",
    )  # fmt: skip


def _waits(costs: list[Cost]) -> str:
    walls = sorted(one.wall for one in costs)
    return f"{statistics.median(walls):.1f} / {p99(walls):.0f} / {walls[-1]:.0f} ms"


def _all_writers(sizes: Sizes, kind: str, folder: Path, finished: Path) -> list[Cost]:
    count, each = sizes.processes, sizes.creates_a_process
    with ExitStack() as stack:
        children = [
            stack.enter_context(helper("bench.writer", kind, folder, finished, f"{index}", f"{each}"))
            for index in range(count)
        ]
        for child in children:
            ask(child)
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        return [Cost(*one) for child in children for one in ask(child)]
