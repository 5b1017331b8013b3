"""Workers that claim and complete, and the supervisor that kills, stops and replaces them."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from reliability.support.processes import Child, Send
from vespera_core.app.application import Vespera
from vespera_core.app.requests import Nothing
from vespera_core.errors import VesperaError

LEASE_SECONDS = 1
"""The shortest lease there is."""

STALL_SHARE = 0.04
FROZEN_SECONDS = 1.4
"""How long the supervisor keeps a worker frozen at a random moment: past its lease. The moment may lie inside the write
transaction, and then nobody writes until the worker is resumed: so it always is, after this time."""

STALLED_SECONDS = 6.0
"""How long a worker that froze itself, outside any transaction, waits for somebody to take its task."""


def work_off(folder: Path, name: str, seed: int, human_held: int, send: Send) -> None:
    """Claim and complete until nothing is left that a worker may take."""
    rng = Random(seed)
    with Vespera.open(folder, actor=name) as ledger:
        while True:
            answer = ledger.tasks.claim(lease_seconds=LEASE_SECONDS)
            if answer.task is not None and answer.fence is not None:
                _work_on(ledger, answer.task.task_id, answer.fence, rng, send)
            elif ledger.call("system.stats", Nothing()).open == human_held:
                send(["finished"])
                return
            else:
                time.sleep(0.05)


def _work_on(ledger: Vespera, task_id: str, fence: int, rng: Random, send: Send) -> None:
    send(["claimed", task_id, fence])
    if rng.random() < STALL_SHARE:
        send(["stalls", task_id, fence])
        os.kill(os.getpid(), signal.SIGSTOP)
        send(["woke", task_id, fence, _late_writes(ledger, task_id, fence)])
        return
    time.sleep(rng.uniform(0, 0.004))
    if rng.random() < 0.3:
        _attempt(lambda: ledger.tasks.checkpoint(task_id, {"half": "done"}, fence=fence))
    send(["completed", task_id, fence, _attempt(lambda: ledger.tasks.complete_task(task_id, fence=fence))])


def _late_writes(ledger: Vespera, task_id: str, fence: int) -> list[str]:
    """Every way in which a worker that comes too late could still write."""
    return [
        _attempt(lambda: ledger.tasks.checkpoint(task_id, {"late": True}, fence=fence)),
        _attempt(lambda: ledger.tasks.update_task(task_id, notes="late", fence=fence)),
        _attempt(lambda: ledger.tasks.heartbeat(task_id, fence=fence)),
        _attempt(lambda: ledger.tasks.complete_task(task_id, fence=fence)),
    ]


def _attempt(write: Callable[[], Any]) -> str:
    try:
        write()
    except VesperaError as error:
        return error.code
    return "ok"


@dataclass
class Supervisor:
    """Keeps a number of workers at work, kills some, freezes some, and wakes those that stall."""

    folder: Path
    rng: Random
    size: int
    kills: int
    freezes: int
    human_held: int
    family: list[Child]
    said: list[Any] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    _asleep: dict[int, tuple[Child, float, tuple[str, int] | None]] = field(default_factory=dict)
    _alive: list[Child] = field(default_factory=list)
    _finished: bool = False

    def run(self, seconds: float) -> None:
        """Until the workers say that nothing is left, and all of them have ended."""
        deadline, next_blow = time.monotonic() + seconds, time.monotonic() + 0.1
        while not self._finished or self._alive:
            assert time.monotonic() < deadline, f"the queue is not done after {seconds} s: {self.done}"
            while not self._finished and len(self._alive) < self.size:
                self._hire()
            for child in list(self._alive):
                self._listen(child)
            self._wake_sleepers()
            if time.monotonic() > next_blow and not self._finished:
                self._strike()
                next_blow = time.monotonic() + self.rng.uniform(0.05, 0.15)
            time.sleep(0.005)

    def _hire(self) -> None:
        name, seed = f"worker-{len(self.family)}", self.rng.randrange(1 << 30)
        self.family.append(Child(lambda send: work_off(self.folder, name, seed, self.human_held, send)))
        self._alive.append(self.family[-1])

    def _listen(self, child: Child) -> None:
        for line in child.read():
            self.said.append(line)
            self.done[line[0]] += 1
            if line[0] == "stalls":
                self._asleep[child.pid] = (child, time.monotonic() + STALLED_SECONDS, (line[1], line[2]))
            self._finished = self._finished or line[0] == "finished"
        if child.ended:
            assert child.wait() == 0, f"a worker failed with {child.status}"
            self._alive.remove(child)

    def _strike(self) -> None:
        """Kill or freeze one worker, whatever it is doing."""
        awake = [child for child in self._alive if child.pid not in self._asleep]
        if not awake:
            return
        child = self.rng.choice(awake)
        more_kills, more_freezes = self.done["kill"] < self.kills, self.done["freeze"] < self.freezes
        if more_freezes and (self.done["freeze"] == 0 or not more_kills or self.rng.random() < 0.2):
            self.done["freeze"] += 1
            child.signal(signal.SIGSTOP)
            self._asleep[child.pid] = (child, time.monotonic() + FROZEN_SECONDS, None)
        elif more_kills:
            self.done["kill"] += 1
            self.said.extend(child.kill())
            self._alive.remove(child)

    def _wake_sleepers(self) -> None:
        """Resume who was frozen long enough, and who stalled until its task was taken by somebody else."""
        taken = {(line[1], line[2] - 1) for line in self.said if line[0] == "claimed"}
        for pid, (child, until, hold) in list(self._asleep.items()):
            if time.monotonic() > until or hold in taken:
                del self._asleep[pid]
                child.signal(signal.SIGCONT)
