"""Creates that every index follows: services in the process of the creates, beside three stores written in turn."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from bench.engines import RawChroma, RawKuzu, columns_of, missing, unmeasured
from bench.measure import Figure, Pairs, Sizes, Target, timed
from bench.raw import RawWriter, Rows, rows_after
from bench.stores import ACTOR, Stores, Text, database, text
from vespera_core.app.application import Vespera
from vespera_core.app.projections.source import Source
from vespera_core.app.services.manager import Manager
from vespera_core.ports.projection import Projected

PATIENCE = 120.0
POLL = 0.005
SHOWN = 50
INDEXES = ("vectors", "graph")
BUILT_IN: dict[str, Any] = {"vectors": "exact", "graph": "memory"}
CHOICES: dict[str, dict[str, Any]] = {"chroma and kuzu": {}, "exact and memory": BUILT_IN}
"""What is measured, by the options that a workspace is opened with: none means what is installed."""
RAW = 10
"""One create of so many is written to the raw stores as well: they take many times as long."""


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """Creates followed by what is installed, and by what is always there."""
    count, raw_is = sizes.creates * 5, "sqlite3 with a FULL commit, Chroma and Kuzu, in turn"
    target, delay = Target("ours / raw", 0.1), Target("ours", 1_000)
    why = missing("chroma", "kuzu")
    for with_engines, engines in CHOICES.items():
        name = f"{count:,} creates, in every index ({with_engines}), each"
        last = f"the last of {count:,} creates found by its meaning ({with_engines})"
        if why:
            yield unmeasured(name, target, raw_is, why)
            yield unmeasured(last, delay, "Chroma's answer alone", why)
            continue
        run = _Followed(stores, count, engines)
        for _ in range(max(2, sizes.rounds // 4)):
            run.turn()
        yield Figure(name, run.whole, target, raw_is)
        yield Figure(last, run.delay, delay, "Chroma's answer alone", note=run.note)


@contextmanager
def hosting(folder: Path, engines: dict[str, Any]) -> Iterator[Vespera]:
    """A workspace whose services run in this process, once they have caught up."""
    stop = Event()
    with Vespera.open(folder, actor=ACTOR, **engines) as ledger:
        host = Thread(target=Manager(ledger.kernel).run, args=(stop,))
        host.start()
        try:
            until(lambda: level(ledger))
            yield ledger
        finally:
            stop.set()
            host.join()


def until(reached: Callable[[], bool]) -> None:
    """Wait until something is so; raises where that takes far too long."""
    end = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > end:
            raise TimeoutError(f"not so after {PATIENCE:g} s")
        time.sleep(POLL)


def level(ledger: Vespera) -> bool:
    """Whether the vectors and every index have seen the whole log."""
    indexes = [ledger.kernel.engines.index(kind) for kind in INDEXES]
    open_ones = [one for one in indexes if one is not None]
    if not all(one.is_open and one.behind() == 0 for one in open_ones):
        return False
    return bool(open_ones) or ledger.kernel.engines.embeddings().standing().complete


class _Followed:
    """Creates in one of our stores until all of it is indexed, and a part of the same tasks in raw stores."""

    def __init__(self, stores: Stores, count: int, engines: dict[str, Any]) -> None:
        self._stores = stores
        self._count = count
        self._engines = engines
        self._source = random.Random(count)
        self.whole, self.delay = Pairs(), Pairs()
        self._creates: list[float] = []
        self._level: list[float] = []

    @property
    def note(self) -> str:
        created, followed = max(self._creates), max(self._level)
        return f"longest turn: creates {created:,.0f} ms, in every index {followed:,.0f} ms after the last of them"

    def turn(self) -> None:
        """Ours in a new workspace, then the raw stores with tasks of that one."""
        folder = self._stores.fresh()
        with hosting(folder, self._engines) as ledger:
            words = [text(self._source) for _ in range(self._count)]
            self.whole.ours.append(timed(lambda: self._ours(ledger, words)).per(self._count))
            source = Source(ledger.kernel.storage, ledger.kernel.engines.embedder().model_id)
            part = slice(0, max(2, self._count // RAW))
            finished = Rows(*(rows[part] for rows in rows_after(database(folder))))
            tasks, _ = source.some([row[1] for row in finished.tasks])
            self._raw(finished, tasks)

    def _ours(self, ledger: Vespera, words: list[Text]) -> None:
        began = time.perf_counter()
        for one in words:
            last = ledger.tasks.create_task(one.title, description=one.description)
        ended = time.perf_counter()
        query = f"{words[-1].title}\n{words[-1].description}"

        def is_found() -> bool:
            found = ledger.search(query, mode="semantic", limit=SHOWN)
            return last.task_id in [hit.task_id for hit in found.tasks]

        self.delay.ours.append(timed(lambda: until(is_found)))
        until(lambda: level(ledger))
        self._creates.append((ended - began) * 1000)
        self._level.append((time.perf_counter() - ended) * 1000)

    def _raw(self, finished: Rows, tasks: list[Projected]) -> None:
        place = self._stores.fresh()
        writer = RawWriter(database(place))
        chroma, kuzu = RawChroma(place / "chroma"), RawKuzu(place / "kuzu")
        single = [Rows([task], [event], [words], []) for task, event, words in zip(*finished[:3], strict=True)]
        columns = columns_of(tasks)

        def write() -> None:
            for at, one in enumerate(single):
                writer.create(one)
                chroma.create(columns.part(at, at + 1))
                kuzu.create(tasks[at])

        self.whole.raw.append(timed(write).per(len(single)))
        self.delay.raw.append(timed(lambda: chroma.nearest(columns.vectors[-1], SHOWN)))
        for store in (writer, chroma, kuzu):
            store.close()
