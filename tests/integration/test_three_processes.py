"""Three processes on one workspace: two hosts of services, and whoever types commands meanwhile. One host is killed."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

import pytest

from reliability.support.dose import dose, say

ROOT = Path(__file__).resolve().parents[2]
BAKERY = ROOT / "docs" / "examples" / "bakery" / "issues.jsonl"
VESPERA = Path(sys.executable).with_name("vespera")

SECONDS = dose(4, 60)
"""How long commands are typed; the leader is killed half-way."""
PATIENCE = 90.0
"""Seconds: generous, since the machine may be busy; how long it took is printed."""
FED = ("vectors", "graph")
ENGINES = ({}, {"vectors": "chroma", "graph": "kuzu"})
"""Who is asked: what needs only the primary store, or the indexes, which the hosts hold."""

Type = Callable[..., Any]


def eventually(check: Callable[[], Any], what: str) -> float:
    """Wait until `check` holds; answers how long that took."""
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < PATIENCE, f"{what} did not come about in {PATIENCE} s"
        time.sleep(0.1)
    return time.monotonic() - began


class Host:
    """A real `vespera services run`, and what it says."""

    def __init__(self, workspace: Path, name: str, surroundings: dict[str, str]) -> None:
        self.log = workspace / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [VESPERA, "services", "run"], cwd=workspace, env=surroundings, stdout=log, stderr=log
            )
        self.pid = self.process.pid

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


class Arena:
    """A workspace, and what its services say of themselves."""

    def __init__(self, workspace: Path, typed: Type, surroundings: dict[str, str]) -> None:
        self.workspace = workspace
        self._typed = typed
        self._surroundings = surroundings

    def __call__(self, *words: str, **options: Any) -> Any:
        return self._typed(*words, cwd=self.workspace, **options)

    @contextlib.contextmanager
    def host(self, name: str) -> Iterator[Host]:
        host = Host(self.workspace, name, self._surroundings)
        try:
            yield host
        finally:
            if host.process.poll() is None:
                host.end(signal.SIGKILL)

    def led_by(self, host: Host, *names: str) -> bool:
        """Whether a host leads these services, or all."""
        services = self("services", "status", *names)["services"]
        assert host.process.poll() is None, host.log.read_text()
        return all((one["status"], one["pid"]) == ("running", host.pid) for one in services)

    def stands_by(self, host: Host) -> bool:
        """Whether a host leads nothing and waits to lead everything."""
        services = self("services", "status")["services"]
        assert host.pid not in [one["pid"] for one in services]
        return all(host.pid in one["standby"] for one in services)

    def is_level(self) -> bool:
        """Whether both indexes are built and have seen the whole log."""
        indexes = self("services", "status")["indexes"]
        assert [one["parked"] for one in indexes] == [0, 0]
        return all(one["generation"] and one["behind"] == 0 for one in indexes)

    def is_held(self) -> bool:
        """Whether the hosts have both indexes, so that a command that wants them says who answers in their place."""
        told = [one for one in self("services", "status", **ENGINES[1])["engines"] if one["kind"] in FED]
        assert [one["wanted"] for one in told] == ["chroma", "kuzu"]
        return [one["answers"] for one in told if one["reason"] == "another process holds its lock"] == [
            "exact",
            "memory",
        ]

    def digests(self) -> list[str]:
        """What the doctor says of each index; nothing may be wrong with anything."""
        report = self("doctor")
        assert report["healthy"]
        assert [one for one in report["findings"] if one["severity"] != "ok"] == []
        return [one["message"] for one in report["findings"] if one["check"].startswith("index ")]


class Typist:
    """Makes, finds, plans and completes tasks, again and again, and looks at what each answer should have."""

    def __init__(self, arena: Arena) -> None:
        self.rounds = 0
        self.hidden = 0
        self._arena = arena
        self._stop = Event()
        self._faults: list[BaseException] = []
        self._thread = Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._faults:
            raise self._faults[0]

    def is_at_work(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            for number in count(1):
                self._round(number, ENGINES[number % len(ENGINES)])
                self.rounds = number
                if self._stop.is_set():
                    return
        except BaseException as fault:
            self._faults.append(fault)

    def _round(self, number: int, engines: dict[str, str]) -> None:
        title = f"Glaze the pretzels of batch {number}"
        estimate = 60 * 24 * 100 + number
        task = self._arena("create", title, "--estimate", f"{estimate}m")["task"]["task_id"]
        self._find(task, title, engines)
        path = self._arena("graph", "critical-path", **engines)
        assert [one["task_id"] for one in path["tasks"]] == [task], "the longest task is not on the critical path"
        assert path["length_minutes"] == estimate
        self._arena("complete", task)
        path = self._arena("graph", "critical-path", **engines)
        assert task not in [one["task_id"] for one in path["tasks"]], "what is done is still to do"

    def _find(self, task: str, title: str, engines: dict[str, str]) -> None:
        found = self._arena("search", title, **engines)
        assert [one["task_id"] for one in found["tasks"]][:1] == [task]
        assert found["degraded"] is False
        found = self._arena("search", title, "--mode", "semantic", **engines)
        if task not in [one["task_id"] for one in found["tasks"]]:
            assert found["behind"] > 0, "a new task is not found by its meaning, and nothing says why"
            self.hidden += 1


@pytest.fixture
def arena(tmp_path: Path, typed: Type, surroundings: dict[str, str]) -> Arena:
    work = tmp_path / "work"
    work.mkdir()
    arena = Arena(work, typed, surroundings)
    arena("init", "--prefix", "bake")
    arena("import", "beads", str(BAKERY))
    return arena


def test_two_hosts_and_a_typist(arena: Arena) -> None:
    with arena.host("first") as first:
        eventually(lambda: arena.led_by(first), "a leader")
        with arena.host("second") as second:
            eventually(lambda: arena.stands_by(second), "the second host standing by")
            eventually(arena.is_held, "the indexes being hosted")
            with Typist(arena) as typist:
                time.sleep(SECONDS / 2)
                assert arena.led_by(first)
                assert first.end(signal.SIGKILL) == -signal.SIGKILL
                took = eventually(lambda: arena.led_by(second), "a new leader")
                time.sleep(SECONDS / 2)
                assert typist.is_at_work()
            assert typist.rounds >= 1
            level = eventually(arena.is_level, "the end of the log")
            eventually(arena.is_held, "the indexes being hosted by the second")
            hosted = arena.digests()
            assert second.end(signal.SIGTERM) == 0
    say(f"{typist.rounds} rounds; a new leader after {took:.1f} s, level {level:.1f} s after the end;"
        f" {typist.hidden} new tasks not found by meaning, and marked so")  # fmt: skip
    alone = arena.digests()
    assert alone == hosted
    assert len(alone) == len(FED)
    assert len({message.partition(" digest ")[2] for message in alone}) == 1, "the two indexes hold the same tasks"
    said = first.log.read_text() + second.log.read_text()
    for log in (arena.workspace / ".vespera").rglob("engine.log*"):
        said += log.read_text()
    assert "Traceback" not in said
    assert "rror" not in said
