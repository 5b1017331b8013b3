"""Real workers of the command line, with real commands, and the supervisor that kills, freezes and replaces them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from vespera_core.app.application import Vespera, system_clock
from vespera_core.app.requests import Nothing

LEASE_SECONDS = 1
"""The shortest lease there is."""

ROLE = "bencher"

FROZEN_SECONDS = 1.6
"""Past the lease."""

PROGRAM = "from vespera_core.cli.main import main; main()"

COMMAND = """
echo "begin $VESPERA_TASK_ID $VESPERA_FENCE" >> effects
setsid sleep 300 &
sleep "0.$1"
echo "end $VESPERA_TASK_ID $VESPERA_FENCE" >> effects
"""
"""What a worker runs: its effect is a line under its fence; it leaves a process behind that left its group."""


class Hired:
    """One `vespera worker`, and the lines that it has printed."""

    def __init__(self, folder: Path, name: str, *command: str, options: tuple[str, ...] = ()) -> None:
        self.name = name
        self._printed = folder / f"{name}.out"
        words = ["worker", "--json", "--actor", name, "--lease", f"{LEASE_SECONDS}s", "--poll", "1s", *options]
        with self._printed.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *words, "--", *command], stdout=stream, stderr=stream, cwd=folder,
            )  # fmt: skip

    def said(self) -> list[dict[str, object]]:
        """What it has told up to now, each a JSON object; the line that a kill cut short is left out."""
        whole = self._printed.read_text().rpartition("\n")[0]
        return [json.loads(line)["data"] for line in whole.splitlines()]

    def events(self) -> list[str]:
        return [str(line["event"]) for line in self.said()]

    def await_event(self, event: str, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while event not in self.events():
            assert time.monotonic() < deadline, f"{self.name} did not say {event!r}: {self._printed.read_text()}"
            time.sleep(0.02)

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def processes_of(workspace: Path) -> list[int]:
    """Every process of this machine that was started for a task of this workspace: its environment says so."""
    mark = f"VESPERA_WORKSPACE={workspace}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                variables = (folder / "environ").read_bytes().split(b"\0")
            except OSError:  # it has ended, or is not ours
                continue
            if mark in variables:
                found.append(int(folder.name))
    return found


def await_no_processes(workspace: Path, seconds: float = 15.0) -> list[int]:
    """What is left after so long of what was started for tasks."""
    deadline = time.monotonic() + seconds
    while (left := processes_of(workspace)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@dataclass
class Campaign:
    """Keeps a number of workers at work, kills some and freezes some, until every task is closed."""

    folder: Path
    rng: Random
    size: int
    concurrency: int
    kills: int
    freezes: int
    capacity: int
    done: Counter[str] = field(default_factory=Counter)
    most_held: int = 0
    workers: list[Hired] = field(default_factory=list)
    _asleep: dict[Hired, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        roles = self.folder / ".vespera" / "roles"
        roles.mkdir(exist_ok=True)
        (roles / f"{ROLE}.yaml").write_text(f"description: Runs benchmarks.\nmax_concurrent_tasks: {self.capacity}\n")

    def run(self, seconds: float) -> None:
        """Strike again and again; then let those that are left drain."""
        deadline = time.monotonic() + seconds
        while self._open():
            assert time.monotonic() < deadline, f"the queue is not done after {seconds} s: {self.done}"
            while len(self._alive()) < self.size:
                self._hire()
            self._strike()
            time.sleep(self.rng.uniform(0.1, 0.4))
            self._wake(everybody=False)
        self._wake(everybody=True)
        for hired in self._alive():
            hired.signal(signal.SIGTERM)
            assert hired.process.wait(30) == 0, hired.said()

    def _open(self) -> int:
        """How many tasks are not closed; counts on the way how many are held at the moment of one snapshot."""
        with Vespera.open(self.folder, actor="campaign") as ledger:
            held = ledger.tasks.list_tasks(status=("in_progress",), limit=0).tasks
            now = system_clock()  # after the snapshot: a lease that ends later was live in it
            self.most_held = max(self.most_held, sum((task.lease_until or 0) > now for task in held))
            return int(ledger.call("system.stats", Nothing()).open)

    def _alive(self) -> list[Hired]:
        return [hired for hired in self.workers if hired.process.poll() is None]

    def _hire(self) -> None:
        limits = ("--attempts", "1000", "--losses", "1000", "--backoff", "0s")
        options = ("--role", ROLE, "--concurrency", str(self.concurrency), *limits)
        command = ("sh", "-c", COMMAND, "sh", str(self.rng.randrange(10, 40)))
        self.workers.append(Hired(self.folder, f"worker-{len(self.workers)}", *command, options=options))

    def _strike(self) -> None:
        awake = [hired for hired in self._alive() if hired not in self._asleep and hired.said()]
        if not awake:
            return
        hired = self.rng.choice(awake)
        if self.done["freeze"] < self.freezes and self.rng.random() < 0.5:
            self.done["freeze"] += 1
            hired.signal(signal.SIGSTOP)
            self._asleep[hired] = time.monotonic() + FROZEN_SECONDS
        elif self.done["kill"] < self.kills:
            self.done["kill"] += 1
            hired.signal(signal.SIGKILL)
            hired.process.wait()

    def _wake(self, *, everybody: bool) -> None:
        for hired, until in list(self._asleep.items()):
            if everybody or time.monotonic() > until:
                del self._asleep[hired]
                hired.signal(signal.SIGCONT)

    def close(self) -> None:
        for hired in self.workers:
            hired.close()
