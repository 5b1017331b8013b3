"""Import: against executemany of the same rows, and the memory that a big one takes."""

from __future__ import annotations

from collections.abc import Iterator

from bench.filler import fill
from bench.measure import Cost, Figure, Pairs, Sizes, Target, ask, helper, in_turns, timed
from bench.raw import RawWriter, Rows, rows_after
from bench.stores import Filled, Shape, Stores, database


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family."""
    shape = Shape(sizes.small)
    file = stores.file(shape)
    rows = rows_after(database(stores.filled(shape).folder))
    pairs = in_turns(lambda: fill(stores.fresh(), file), lambda: _load(stores, rows), sizes.import_rounds)
    name = f"import {len(rows.tasks):,} tasks, {len(rows.relations):,} relations"
    yield Figure(name, pairs, Target("ours / raw", 3), "executemany of the same rows")
    yield from _big(sizes, stores)


def _load(stores: Stores, rows: Rows) -> Cost:
    writer = RawWriter(database(stores.fresh()))
    cost = timed(lambda: writer.load(*rows))
    writer.close()
    return cost


def _big(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    ours = stores.filled(Shape(sizes.large))
    raw = stores.fresh()
    with helper("bench.filler", "raw", raw, ours.folder) as child:
        answer = ask(child)
    floor = Filled(raw, Cost(*answer["cost"]), answer["peak_mb"])
    pairs = Pairs([Cost(ours.peak, ours.peak)], [Cost(floor.peak, floor.peak)])
    name = f"import {sizes.large:,} tasks"
    yield Figure(f"{name}, peak memory", pairs, Target("ours", 300), "executemany, rows streamed", unit="MB")
    yield Figure(name, Pairs([ours.cost], [floor.cost]), Target("ours / raw"), "executemany, rows streamed")
