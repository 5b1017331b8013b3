"""Indexes: creates that they follow, rebuilds beside the engines' own bulk loads, and what a loaded process weighs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench import following
from bench.engines import RawChroma, RawKuzu, columns_of, missing, projected, unmeasured
from bench.measure import Cost, Figure, Pairs, Sizes, Target, ask, helper, in_turns, timed
from bench.stores import ACTOR, Shape, Stores
from bench.vectors import indexed
from vespera_core.app.application import Vespera
from vespera_core.app.services.requests import RebuildIndexes


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family."""
    yield from following.figures(sizes, stores)
    folder = indexed(stores, Shape(sizes.small))
    yield from _rebuilds(folder, sizes, stores)
    yield _memory(folder, sizes, "all loaded")
    fresh = stores.scratch("not-indexed")
    shutil.copytree(stores.filled(Shape(sizes.small)).folder, fresh)
    yield _memory(fresh, sizes, "all loaded, vectors made there")


def _rebuilds(folder: Path, sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    ends = f"of {sizes.small:,} tasks"
    lines = {
        "vectors": ("chroma", Target("ours / raw", 2), "Chroma's own load of the same rows, in this process"),
        "graph": ("kuzu", Target("ours / raw"), "Kuzu's own COPY of finished files with fewer properties"),
    }
    for kind, (engine, target, raw_is) in lines.items():
        name, again = f"rebuild the {kind} ({engine}) {ends}", f"texts embedded to rebuild the {kind} {ends}"
        if why := missing(engine):
            yield unmeasured(name, target, raw_is, why)
            yield unmeasured(again, Target("ours", 0), "texts of all tasks", why)
            continue
        options: dict[str, Any] = {kind: engine}
        with Vespera.open(folder, actor=ACTOR, **options) as ledger:
            run = _Rebuild(ledger, kind, stores)
            ours, raw = run.ours, run.raw_vectors if kind == "vectors" else run.raw_graph
            yield Figure(name, in_turns(ours, raw, max(2, sizes.rounds // 5)), target, raw_is)
            yield Figure(again, run.texts, Target("ours", 0), "texts of all tasks", unit="texts")


class _Rebuild:
    """Rebuilds of one index through the operation, and loads of the same rows into the bare engine."""

    def __init__(self, ledger: Vespera, kind: str, stores: Stores) -> None:
        self._ledger = ledger
        self._kind = kind
        self._stores = stores
        self._tasks = projected(ledger)
        self.texts = Pairs()

    def ours(self) -> Cost:
        embedder = self._ledger.kernel.engines.embedder()
        embed, texts = embedder.embed, 0

        def counted(wanted: list[str]) -> object:
            nonlocal texts
            texts += len(wanted)
            return embed(wanted)

        with patch.object(embedder, "embed", counted):
            cost = timed(lambda: self._ledger.call("index.rebuild", RebuildIndexes(index=self._kind)))
        self.texts.ours.append(Cost(texts, texts))
        self.texts.raw.append(Cost(2 * len(self._tasks), 2 * len(self._tasks)))  # a title and a whole text each
        return cost

    def raw_vectors(self) -> Cost:
        columns, store = columns_of(self._tasks), RawChroma(self._stores.scratch("loads") / self._next())
        with ExitStack() as stack:
            stack.callback(store.close)
            return timed(lambda: store.load(columns))

    def raw_graph(self) -> Cost:
        store = RawKuzu(self._stores.scratch("loads") / self._next())
        with ExitStack() as stack:
            stack.callback(store.close)
            store.write_files(self._tasks)
            return timed(store.load)

    def _next(self) -> str:
        return f"{self._kind}-{len(self.texts.ours)}"


def _memory(folder: Path, sizes: Sizes, how: str) -> Figure:
    """The peak of a process of its own that has asked everything, by the back ends that it gets unasked."""
    costs: dict[str, Cost] = {}
    notes = []
    for kind in ("ours", "raw"):
        with helper("bench.loaded", kind, folder) as child:
            answer = ask(child)
        costs[kind] = Cost(answer["peak_mb"], answer["peak_mb"])
        notes.append(f"{kind}: {', '.join(f'{step} {peak:g}' for step, peak in answer['steps'].items())} MB")
    pairs = Pairs([costs["ours"]], [costs["raw"]])
    name = f"peak memory, {sizes.small:,} tasks, {how}"
    raw_is = "sqlite3, numpy and rustworkx with the same rows"
    return Figure(name, pairs, Target("ours", 150), raw_is, unit="MB", note="; ".join(notes))
