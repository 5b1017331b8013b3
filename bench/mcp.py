"""Tools over a pipe, beside a tool on the same SDK that says what it is told; what a team of agents takes in tokens.

Both servers are processes of their own, asked in turns by a client that does as little as it can.
Wall times are what a call took in all; CPU times are those of the two servers.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.agents.agent import tokens
from bench.agents.piped import Piped
from bench.agents.run import run
from bench.asking import Served
from bench.measure import MS, ROOT, Cost, Figure, Pairs, Sizes, Target, timed
from bench.process import VESPERA, _environment
from bench.raw import Commit
from bench.stores import Shape, Stores, database, is_open, task_id, text

OURS = (VESPERA, "mcp")
ECHO = (sys.executable, "-m", "bench.echo")
LINE = "an echo tool on the same SDK"
MINIMAL = "a server of the same SDK with an echo tool"

TICK = MS / os.sysconf("SC_CLK_TCK")
"""What CPU times of other processes are counted in: of a few short calls there may be none to see."""

Call = tuple[str, dict[str, Any]]


class Tools(NamedTuple):
    """A server that is called."""

    server: Piped

    @property
    def cpu(self) -> float:
        """CPU time of its process so far, in milliseconds."""
        return Served("", self.server.process.pid).cpu

    def took(self, name: str, arguments: dict[str, Any]) -> float:
        """How long a call takes, in milliseconds. Raises RuntimeError where it is refused."""
        start = time.perf_counter()
        result = self.server.request("tools/call", {"name": name, "arguments": arguments})
        took = (time.perf_counter() - start) * MS
        if result.get("isError"):
            raise RuntimeError(f"{name} {arguments}: {result['content']}")
        return took


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family."""
    yield from _reading(sizes, stores)
    yield _creating(sizes, stores)
    yield from _beginning(sizes, stores)
    yield _working(stores)


def _reading(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    folder, source = stores.filled(Shape(sizes.small)).folder, random.Random(sizes.small)
    usual = [number for number in range(sizes.small) if is_open(number)]

    def got() -> Call:
        return "get_task", {"task_id": task_id(source.choice(usual))}

    with _pair(folder, stores) as (ours, raw):
        for name, call in (("get_task", got), ("ready_tasks", lambda: ("ready_tasks", {}))):
            pairs = _in_turns(ours, raw, call, sizes, lambda echo: echo)
            yield Figure(f"{name} of {sizes.small:,}, p50", pairs, Target("ours / raw", 2), LINE)


def _creating(sizes: Sizes, stores: Stores) -> Figure:
    """What is allowed is two echoes and a commit."""
    folder, source = stores.fresh(), random.Random(sizes.creates)
    with _pair(folder, stores) as (ours, raw), closing(Commit(database(stores.fresh()))) as commit:
        pairs = _in_turns(
            ours, raw, lambda: ("create_task", text(source)._asdict()), sizes,
            lambda echo: 2 * echo + timed(commit).wall,
        )  # fmt: skip
    return Figure("create_task, p50", pairs, Target("ours / raw", 1), f"two calls of {LINE}, and a commit")


def _in_turns(
    ours: Tools, raw: Tools, call: Callable[[], Call], sizes: Sizes, allowed: Callable[[float], float]
) -> Pairs:
    """Our calls and the other's, one by one; what is usual in each round, after one that is not counted."""
    pairs = Pairs()
    for turn in range(sizes.rounds + 1):
        before = ours.cpu, raw.cpu
        echo = "echo", {"text": "ready"}
        walls = [(ours.took(*call()), allowed(raw.took(*echo))) for _ in range(sizes.calls // 2)]
        if turn:
            for found, place, after in ((pairs.ours, 0, ours.cpu), (pairs.raw, 1, raw.cpu)):
                usual = statistics.median(one[place] for one in walls)
                found.append(Cost(usual, max(after - before[place], TICK) / len(walls)))
    return pairs


@contextmanager
def _pair(folder: Path, stores: Stores) -> Iterator[tuple[Tools, Tools]]:
    """Our server over a folder, and the other one."""
    with Piped(OURS, folder, environment=_environment(stores)) as ours, Piped(ECHO, ROOT) as raw:
        yield Tools(ours), Tools(raw)


def _beginning(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """From the start of a process to its list of tools, and the memory that it holds after a call."""
    folder, environment = stores.filled(Shape(sizes.small)).folder, _environment(stores)
    starts, sizes_of = Pairs(), Pairs()
    for turn in range(sizes.process_rounds // 2 + 2):
        ours = _begun(OURS, folder, ("ready_tasks", {}), environment)
        raw = _begun(ECHO, ROOT, ("echo", {"text": "ready"}), environment)
        if turn:  # the first ones fill what is kept of bytecode and plugins
            for pairs, place in ((starts, 0), (sizes_of, 1)):
                pairs.ours.append(ours[place])
                pairs.raw.append(raw[place])
    yield Figure("from the start to the list of tools", starts, Target("ours / raw", 1.5), MINIMAL)
    yield Figure("resident memory after a call", sizes_of, Target("ours / raw", 1.5), MINIMAL, unit="MB")


def _begun(command: tuple[Any, ...], folder: Path, call: Call, environment: dict[str, str]) -> tuple[Cost, Cost]:
    start = time.perf_counter()
    with Piped(command, folder, environment=environment) as server:
        server.request("tools/list")
        process = Served("", server.process.pid)
        took = Cost((time.perf_counter() - start) * MS, process.cpu)
        Tools(server).took(*call)
        return took, Cost(*[_resident(process.pid)] * 2)


def _resident(pid: int) -> float:
    """The memory that a process holds, in MB; not known where there is no /proc."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 1.0
    lines = status.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def _working(stores: Stores) -> Figure:
    """A team of scripted agents, which meet every error on their way."""
    outcome = run(stores.scratch("agents"))
    calls, answers = tokens(outcome.said)
    errors = sum(one.is_error for one in outcome.said)
    note = f"{len(outcome.said)} calls, {errors} of them refused, as was meant; {len(outcome.completed)} tasks"
    pairs = Pairs([Cost(calls + answers, 0.0)], [Cost(calls, 0.0)])
    return Figure("a plan worked to its end by 3 agents", pairs, Target("ours"), "the calls alone", "tokens", note)
