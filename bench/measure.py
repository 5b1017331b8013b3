"""Measuring: costs taken in turns, what a pair of them says, and whether a target is met.

The machine is shared and its disk is moody, so no figure stands alone. Ours and its raw limit are measured in turns
(A B A B ...), each turn gives one ratio, and the median of these ratios is what is held against the target. Wall time
and CPU time are both kept: the first is what a caller waits for, the second moves least with the load.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
MS = 1000.0

Reading = Literal["raw / ours", "ours / raw", "ours - raw", "ours"]
"""What is held against a target: a share of the raw speed, a multiple of or an excess over the raw cost, ours alone."""

Word = Literal["wall", "cpu"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    rounds: int = 15
    creates: int = 200
    threads: int = 64
    creates_a_thread: int = 10
    import_rounds: int = 5
    least: int = 1_000
    small: int = 10_000
    large: int = 100_000
    chain: int = 5_000
    calls: int = 200
    processes: int = 8
    creates_a_process: int = 100
    process_rounds: int = 25


FULL = Sizes()
QUICK = Sizes(
    rounds=2, creates=8, threads=8, creates_a_thread=2, import_rounds=1, least=80, small=150, large=300, chain=40,
    calls=6, processes=2, creates_a_process=3, process_rounds=1,
)  # fmt: skip


class Cost(NamedTuple):
    """What one thing took: wall time and CPU time, in milliseconds (or a size, where a figure says so)."""

    wall: float
    cpu: float

    def per(self, count: int) -> Cost:
        return Cost(self.wall / count, self.cpu / count)


@dataclass(slots=True)
class Pairs:
    """Costs of ours and of the raw limit, taken in turns."""

    ours: list[Cost] = field(default_factory=list)
    raw: list[Cost] = field(default_factory=list)


class Target(NamedTuple):
    """What a figure should reach; `goal` is the farther one, `by` says which time is judged."""

    reading: Reading
    limit: float | None = None
    goal: float | None = None
    by: Word = "wall"

    @property
    def text(self) -> str:
        if self.limit is None:
            return "-"
        sign = ">=" if self.reading == "raw / ours" else "<="
        goal = f" (goal {self.goal:g})" if self.goal is not None else ""
        return f"{sign} {self.limit:g}{goal}{' cpu' if self.by == 'cpu' else ''}"

    def reached(self, value: float, limit: float) -> bool:
        return value >= limit if self.reading == "raw / ours" else value <= limit

    def verdict(self, value: float) -> str:
        if self.limit is None:
            return "-"
        if not self.reached(value, self.limit):
            return "no"
        return "goal" if self.goal is not None and self.reached(value, self.goal) else "yes"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    name: str
    pairs: Pairs
    target: Target
    raw_is: str
    unit: str = "ms"
    note: str = ""

    @property
    def measured(self) -> bool:
        """Whether it could be measured here; where not, the note says why."""
        return bool(self.pairs.ours)

    def value(self, by: Word | None = None) -> float:
        """The figure that is judged: the median over the turns."""
        place = Cost._fields.index(by or self.target.by)
        ours: list[float] = [one[place] for one in self.pairs.ours]
        raw: list[float] = [one[place] for one in self.pairs.raw]
        match self.target.reading:
            case "ours":
                return statistics.median(ours)
            case "ours - raw":
                return statistics.median(a - b for a, b in zip(ours, raw, strict=True))
            case "ours / raw":
                return statistics.median(_ratio(a, b) for a, b in zip(ours, raw, strict=True))
            case _:
                return statistics.median(_ratio(b, a) for a, b in zip(ours, raw, strict=True))

    @property
    def verdict(self) -> str:
        return self.target.verdict(self.value()) if self.measured else "not measured"

    def as_json(self) -> dict[str, Any]:
        value, wall, cpu = self._rounded(None), self._rounded("wall"), self._rounded("cpu")
        return {
            "figure": self.name, "unit": self.unit, "ours": _summary(self.pairs.ours),
            "raw_limit": _summary(self.pairs.raw), "raw_limit_is": self.raw_is, "reading": self.target.reading,
            "judged_by": self.target.by, "value": value, "value_wall": wall, "value_cpu": cpu,
            "target": self.target.text, "met": self.verdict, "note": self.note,
        }  # fmt: skip

    def _rounded(self, by: Word | None) -> float | None:
        return round(self.value(by), 4) if self.measured else None


def _ratio(one: float, other: float) -> float:
    """How many times the other: what took no time that a clock can tell took a nanosecond."""
    return one / max(other, 1e-6)


def _summary(costs: Sequence[Cost]) -> dict[str, Any] | None:
    if not costs:
        return None
    words: tuple[Word, ...] = ("wall", "cpu")
    return {"samples": len(costs)} | {
        f"{word}_{name}": round(function(sorted(getattr(one, word) for one in costs)), 4)
        for word in words
        for name, function in (("min", min), ("median", statistics.median), ("p99", p99))
    }


def p99(ordered: Sequence[float]) -> float:
    """The value that 99 of 100 do not pass."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def timed(action: Callable[[], object]) -> Cost:
    """What a call costs in this process, all its threads together."""
    cpu, wall = time.process_time(), time.perf_counter()
    action()
    return Cost((time.perf_counter() - wall) * MS, (time.process_time() - cpu) * MS)


def in_turns(ours: Callable[[], Cost], raw: Callable[[], Cost], rounds: int) -> Pairs:
    """Measure the two in turns."""
    pairs = Pairs()
    for _ in range(rounds):
        pairs.ours.append(ours())
        pairs.raw.append(raw())
    return pairs


def calls_in_turns(ours: Callable[[], object], raw: Callable[[], object], rounds: int) -> Pairs:
    """Measure single calls in turns, after one of each that is not counted."""
    ours()
    raw()
    return in_turns(lambda: timed(ours), lambda: timed(raw), rounds)


def child_cost(command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str]) -> Cost:
    """What a whole child process costs, from its start to its end; raises where it fails."""
    start = time.perf_counter()
    child = subprocess.Popen(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )  # fmt: skip
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command} ended with {child.returncode}")
    return Cost(wall * MS, (usage.ru_utime + usage.ru_stime) * MS)


@contextmanager
def helper(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A module of this package as a child that talks over its pipes; raises where it fails."""
    command = [sys.executable, "-m", *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        yield child
    if child.returncode:
        raise RuntimeError(f"{command} ended with {child.returncode}")


def ask(child: subprocess.Popen[str]) -> Any:
    """The next line of JSON that a helper prints."""
    stream: IO[str] | None = child.stdout
    assert stream is not None
    line = stream.readline()
    if not line:
        raise RuntimeError(f"{child.args!r} ended without an answer")
    return json.loads(line)
