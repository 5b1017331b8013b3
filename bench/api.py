"""The server: requests over HTTP beside bare FastAPI routes, each in a process of its own with the same settings.

Wall times are what a request took in all, over so many at once; CPU times are those of the server.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from bench.asking import Load, Served, Share, lags, load, served
from bench.listening import delays
from bench.measure import Cost, Figure, Pairs, Sizes, Target, p99
from bench.process import VESPERA
from bench.stores import Shape, Stores, opened, task_id, text

TASKS = "/api/v1/tasks"
NOWHERE = "/api/v1/nowhere"
"""A path that the event loop answers by itself."""

CLIENTS = 32
WAITING = 8
BULK = 50
LINE = "a FastAPI route that returns a small dict"


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family."""
    with _pair(stores, stores.fresh()) as (ours, raw):
        for clients, least in ((1, 0.6), (CLIENTS, 1.0)):
            shares = partial(_creates, random.Random(clients), clients, max(2, sizes.creates // clients))
            pairs = _requests(ours, raw, partial(shares, TASKS), partial(shares, "/tasks"), sizes.rounds)
            yield _rate("POST /tasks", clients, pairs, least, "FastAPI, sqlite3, a FULL commit each")
    with _pair(stores, stores.filled(Shape(sizes.small)).folder) as (ours, raw):
        yield _get(sizes, ours, raw)
    with _pair(stores, stores.filled(Shape(sizes.large)).folder) as (ours, raw):
        yield _ready(sizes, ours, raw)
    with _pair(stores, stores.fresh()) as (ours, raw):
        yield _hearing(sizes, ours, raw)
        yield _importing(sizes, ours, raw)


@contextmanager
def _pair(stores: Stores, folder: Path) -> Iterator[tuple[Served, Served]]:
    """Our server over a folder, and a bare one over a store with one task."""
    bare = stores.fresh()
    with opened(bare) as ledger:
        ledger.tasks.create_task("One", description=text(random.Random(0)).description)
    with ExitStack() as stack:
        ours = (VESPERA, "-C", folder, "serve", "--port", "0", "--json", "--no-services")
        yield stack.enter_context(served(*ours)), stack.enter_context(served(sys.executable, "-m", "bench.bare", bare))


def _creates(source: random.Random, clients: int, each: int, path: str) -> list[Share]:
    return [[("POST", path, text(source)._asdict()) for _ in range(each)] for _ in range(clients)]


def _gets(path: str, clients: int, each: int) -> list[Share]:
    return [[("GET", path, None)] * each for _ in range(clients)]


def _requests(
    ours: Served, raw: Served, our: Callable[[], list[Share]], their: Callable[[], list[Share]],
    rounds: int, judged: Callable[[Load], Cost] = lambda one: one.a_request,
) -> Pairs:  # fmt: skip
    """Both servers in turns, after a round that is not counted."""
    pairs = Pairs()
    for turn in range(rounds + 1):
        found = judged(load(ours, our())), judged(load(raw, their()))
        if turn:
            pairs.ours.append(found[0])
            pairs.raw.append(found[1])
    return pairs


def _rate(name: str, clients: int, pairs: Pairs, least: float, raw_is: str) -> Figure:
    shown = f"{name}, {clients} client{'s' if clients > 1 else ''}"
    return Figure(shown, pairs, Target("raw / ours", least), raw_is)


def _get(sizes: Sizes, ours: Served, raw: Served) -> Figure:
    path, each = f"{TASKS}/{task_id(sizes.small // 2)}", sizes.calls // 2
    pairs = _requests(
        ours, raw, lambda: _gets(path, WAITING, each), lambda: _gets("/line", WAITING, each), sizes.rounds
    )
    return _rate("GET /tasks/{id}", WAITING, pairs, 0.4, LINE)


def _ready(sizes: Sizes, ours: Served, raw: Served) -> Figure:
    """The slowest requests of each round."""
    pairs = _requests(
        ours, raw, lambda: _gets(f"{TASKS}/ready", WAITING, sizes.calls), lambda: _gets("/line", WAITING, sizes.calls),
        max(1, sizes.rounds // 3), _slowest,
    )  # fmt: skip
    return Figure(f"GET /tasks/ready of {sizes.large:,}, {WAITING} clients, p99", pairs, Target("ours", 25), LINE)


def _slowest(one: Load) -> Cost:
    return Cost(p99(sorted(one.each)), one.a_request.cpu)


def _hearing(sizes: Sizes, ours: Served, raw: Served) -> Figure:
    """The usual delay of each round."""
    source, ears, pairs = random.Random(sizes.calls), sizes.calls // 2, Pairs()
    said = {"type": "subscribe", "id": "all"}
    for _ in range(max(1, sizes.rounds // 3)):
        for found, server, path, feed in (
            (pairs.ours, ours, TASKS, "/api/v1/ws"), (pairs.raw, raw, "/tasks", "/ws"),
        ):  # fmt: skip
            share = _creates(source, 1, max(2, sizes.calls // 10), path)[0]
            found.append(Cost(statistics.median(delays(server, feed, said, share, ears)), 0.0))
    name = f"an event heard by each of {ears} WebSockets, p50"
    return Figure(name, pairs, Target("ours", 10), "a FastAPI route that sends to all of them before it answers")


def _importing(sizes: Sizes, ours: Served, raw: Served) -> Figure:
    """What else is asked of a server while many tasks are made: how late the event loop comes to it."""
    source, pairs = random.Random(sizes.small), Pairs()
    count = sizes.small // BULK
    for _ in range(sizes.import_rounds):
        share = [("POST", f"{TASKS}/bulk", {"tasks": _plans(source)}) for _ in range(count)]
        pairs.ours.append(_lag(ours, NOWHERE, share))
        pairs.raw.append(_lag(raw, "/line", _gets("/line", 1, count * BULK // 5)[0]))
    name = f"event loop's lag, {count * BULK:,} tasks made {BULK} at a time, p99"
    return Figure(name, pairs, Target("ours", 50), "beside a client of " + LINE)


def _plans(source: random.Random) -> list[dict[str, str]]:
    return [text(source)._asdict() for _ in range(BULK)]


def _lag(server: Served, path: str, share: Share) -> Cost:
    return Cost(p99(sorted(lags(server, path, share))), 0.0)
