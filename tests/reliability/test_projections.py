"""T4: projections converge. Whatever kills whoever feeds them, they come to hold what the primary store holds."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from random import Random
from typing import Any

import pytest

from projecting.site import add, engines_of, installed, make_template
from reliability.support.dose import dose, say, some
from reliability.support.load import run_load
from reliability.support.processes import Child
from vespera_core.app.application import Vespera
from vespera_core.app.projections.crash import VARIABLE
from vespera_core.app.projections.digest import Comparison
from vespera_core.app.projections.embedding import SPACE
from vespera_core.app.projections.index import Index
from vespera_core.app.services.requests import ServiceNames

VESPERA = Path(sys.executable).with_name("vespera")
INSTALLED = {entry.name for entry in entry_points(group="vespera.plugins")}
ENGINES = [("vectors", "tiny"), ("vectors", "apart")]
ENGINES += [(kind, name) for kind, name in (("vectors", "chroma"), ("graph", "kuzu")) if name in INSTALLED]
"""The small engines of the tests, in the host's process and in a child, and the real ones that are installed."""

SMALL = ("tiny", "apart")
"""Engines that start at once."""

FEEDING = ["before-apply", "after-apply", "before-checkpoint", "after-checkpoint"]
BUILDING = ["load", "loaded", "before-flip", "after-flip", "before-delete", "after-delete"]
CHILD = ["child-apply", "child-load", "child-page", "child-versions"]


def at_labels(labels: list[str]) -> list[Any]:
    """Parameters: an engine, and a place where the process is killed. In reduced doses some places for each engine."""
    return [
        pytest.param(engine, label, id=f"{engine[1]}-{label}")
        for engine in ENGINES
        for label in some(f"{engine[1]} {labels[0]}", labels, 3 if engine[1] in SMALL else 1)
    ]


PATIENCE = 90.0
"""Seconds: generous, since the machine may be busy; the figure of an idle one is printed."""


def eventually(check: Callable[[], Any], what: str, seconds: float = PATIENCE) -> float:
    """Wait until `check` holds; answers how long it took."""
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < seconds, f"{what} did not come about in {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


class Host:
    """A real `vespera services run`."""

    def __init__(self, workspace: Path, crash_at: str | None = None) -> None:
        variables = {**os.environ} | ({VARIABLE: crash_at} if crash_at else {})
        with (workspace / "host.log").open("ab") as log:
            self.process = subprocess.Popen(
                [VESPERA, "services", "run"], cwd=workspace, env=variables, stdout=log, stderr=log
            )

    def end(self, number: int = signal.SIGKILL) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


class Arena:
    """A workspace, what feeds its index, and how both are looked at."""

    def __init__(self, workspace: Path, kind: str, name: str) -> None:
        self.workspace = workspace
        self.kind = kind
        self.name = name

    @contextlib.contextmanager
    def host(self, crash_at: str | None = None) -> Iterator[Host]:
        host = Host(self.workspace, crash_at)
        try:
            yield host
        finally:
            if host.process.poll() is None:
                host.end()

    def load(self, seed: int, steps: int) -> Child:
        """Writers that end after so many steps."""
        with Vespera.open(self.workspace) as ledger:
            known = [task.task_id for task in ledger.tasks.list_tasks(limit=30).tasks]
        return Child(lambda send: run_load(self.workspace, seed, known, send, threads=2, steps=steps))

    def _index(self, ledger: Vespera) -> Index:
        index = engines_of(ledger).index(self.kind, hosted=True)
        assert index is not None
        return index

    def behind(self) -> int:
        """How far the index is behind the log; 1 and more while there is none."""
        with Vespera.open(self.workspace) as ledger:
            index = self._index(ledger)
            return index.behind() if index.checkpoints.live().generation else 1

    def generation(self) -> int:
        with Vespera.open(self.workspace) as ledger:
            return self._index(ledger).checkpoints.live().generation

    def compared(self) -> Comparison:
        """What the files hold against the primary, with nobody else at work; nothing may be parked or left over."""
        with Vespera.open(self.workspace) as ledger:
            index = self._index(ledger)
            eventually(index.place.lock.take, "the lock of a dead host")
            assert index.open(), index.fault
            comparison = index.compare()
            assert comparison.wrong == ()
            assert comparison.parked == ()
            assert index.place.generations() == [index.checkpoints.live().generation]
            return comparison

    def replay(self) -> None:
        """Feed the whole log again, twice: nothing may change."""
        with Vespera.open(self.workspace) as ledger:
            index = self._index(ledger)
            assert index.open(), index.fault
            with index.asked() as engine:
                before = engine.versions()
            key = f"{index.key}/g{index.checkpoints.live().generation}"
            for _ in range(2):
                ledger.kernel.storage.write(lambda unit: unit.put_memos(SPACE, {key: {"position": 0}}))
                assert index.lag() > 0
                index.feed(PATIENCE, 500)
                assert index.lag() == 0
                with index.asked() as engine:
                    assert engine.versions() == before
            assert index.compare().equal

    def converge(self) -> float:
        """A host that nobody kills; answers how long the index took to be level, once the load is over."""
        with self.host() as host:
            took = eventually(lambda: self.behind() == 0, "the end of the log")
            eventually(lambda: leader(self, self.kind) == host.process.pid, "a leader")
            eventually(self._is_tidy, "left-over folders being removed")
            assert host.end(signal.SIGTERM) == 0
        return took

    def _is_tidy(self) -> bool:
        root = self.workspace / ".vespera" / self.kind / self.name
        return len(list(root.glob("g*.json"))) == 1

    def break_index(self) -> None:
        """Delete the files, so that the next host builds a generation."""
        for folder in (self.workspace / ".vespera" / self.kind / self.name).glob("g*/"):
            eventually(lambda folder=folder: _removed(folder), "a folder that a host writes to being removed")


def _removed(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    with installed(folder):
        make_template(folder / "template")
    return folder


@pytest.fixture(params=ENGINES, ids=lambda one: one[1])
def arena(request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> Iterator[Arena]:
    kind, name = request.param
    shutil.copytree(home / "template", tmp_path / "work")
    with installed(home, **{kind: name}):
        with Vespera.open(tmp_path / "work") as ledger:
            add(ledger, *(f"Task {number} to begin with" for number in range(30)))
        yield Arena(tmp_path / "work", kind, name)


def test_kills_at_random_moments_lose_nothing(arena: Arena, rng: Random) -> None:
    kills = dose(3, 200)
    for _ in range(kills):
        load = arena.load(rng.randrange(1 << 30), steps=15)
        with arena.host() as host:
            time.sleep(rng.uniform(0.2, 1.5))
            if rng.random() < 0.2:
                arena.break_index()  # while it is at work: it must not matter when
            assert host.end() == -signal.SIGKILL
        assert load.drain() is not None
        assert load.wait() == 0
    took = arena.converge()
    comparison = arena.compared()
    say(f"{arena.name}: {kills} kills, {comparison.tasks} tasks, level {took:.1f} s after the load's end")
    arena.replay()


@pytest.mark.parametrize(("arena", "label"), at_labels(FEEDING + BUILDING), indirect=["arena"])
def test_kills_at_every_labelled_point(arena: Arena, rng: Random, label: str) -> None:
    if label in FEEDING or label in ("before-delete", "after-delete"):
        arena.converge()
    if label in BUILDING:
        arena.break_index()
    load = arena.load(rng.randrange(1 << 30), steps=20)
    with arena.host(label) as host:
        eventually(lambda: host.process.poll() is not None, f"the crash point {label}")
        assert host.process.returncode == -signal.SIGKILL
    load.drain()
    assert load.wait() == 0
    arena.converge()
    arena.compared()


@pytest.mark.parametrize(("arena", "label"), at_labels(CHILD), indirect=["arena"])
def test_engines_that_die_under_their_host(arena: Arena, rng: Random, label: str) -> None:
    """The host lives on, whatever its children do, and the next host finds everything in order."""
    load = arena.load(rng.randrange(1 << 30), steps=20)
    with arena.host(f"{label}:2") as host:
        time.sleep(3)
        assert host.process.poll() is None, "the host died with its child"
        assert host.end(signal.SIGTERM) == 0
    load.drain()
    assert load.wait() == 0
    arena.converge()
    arena.compared()


def leader(arena: Arena, service: str) -> int | None:
    """The process that leads a service now."""
    with Vespera.open(arena.workspace) as ledger:
        (state,) = ledger.call("service.list", ServiceNames(names=(service,))).services
    return state.pid if state.status == "running" else None


@pytest.mark.parametrize("arena", [("vectors", "apart")], indirect=True, ids=["apart"])
def test_of_two_hosts_one_leads_and_the_other_takes_over(arena: Arena) -> None:
    with arena.host() as first:
        eventually(lambda: leader(arena, "vectors") == first.process.pid, "a leader")
        with arena.host() as second:
            time.sleep(1.5)
            assert leader(arena, "vectors") == first.process.pid
            assert arena.behind() == 0
            first.end()
            took = eventually(lambda: leader(arena, "vectors") == second.process.pid, "a new leader")
            say(f"leadership moved in {took:.1f} s")
            with Vespera.open(arena.workspace) as ledger:
                add(ledger, "After the first one's death")
            eventually(lambda: arena.behind() == 0, "the new leader's feeding")
            assert second.end(signal.SIGTERM) == 0
    arena.compared()


@pytest.mark.parametrize("arena", [("vectors", "apart")], indirect=True, ids=["apart"])
def test_a_host_ends_in_order_when_it_is_told_to(arena: Arena) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        with arena.host() as host:
            eventually(lambda: leader(arena, "vectors") == host.process.pid, "a leader")
            eventually(lambda: arena.behind() == 0, "the first feeding")
            began = time.monotonic()
            assert host.end(number) == 0
            say(f"ended in {time.monotonic() - began:.2f} s")
        assert leader(arena, "vectors") is None
        assert arena.compared().equal
