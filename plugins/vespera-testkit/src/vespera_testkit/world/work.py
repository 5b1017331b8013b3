"""Work for an executor, what becomes of it, and the lock that it holds meanwhile."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from threading import Event
from typing import Any

from vespera_core.ports.executor import Execution, Executor, Outcome, Work, elapsed
from vespera_testkit.world.patience import PATIENCE, answered


class Run:
    """Work that was started: what goes on, and how often it was told that it has ended."""

    def __init__(self, executor: Executor, work: Work) -> None:
        self.calls = 0
        self.told = Event()
        started = executor.start(work, self._ended)
        assert started is not None, "it declares 'commands' and runs none"
        self.execution: Execution = started

    def _ended(self) -> None:
        self.calls += 1
        self.told.set()

    def outcome(self) -> Outcome:
        """How it ended, which it must."""
        found: Outcome | None = answered(lambda: self.execution.outcome(PATIENCE))
        assert found is not None, "it did not end"
        return found


def surroundings() -> dict[str, str]:
    """The variables of every work: where programs are found, and whose work it is."""
    return {"PATH": os.environ.get("PATH", os.defpath), "VESPERA_TASK_ID": "t-1"}


def work_in(folder: Path, *command: str, environment: dict[str, str] | None = None, **facts: Any) -> Work:
    """Work in a folder, which may go on as long as a test does."""
    given: dict[str, Any] = {
        "run_id": "t-1.r1", "task_id": "t-1", "title": "$(touch owned); `touch owned` *", "folder": folder,
        "workspace": folder, "environment": surroundings() | (environment or {}), "until": elapsed() + 10 * PATIENCE,
    }  # fmt: skip
    return Work(command=command, **(given | facts))


def takes(lock: Path) -> bool:
    """Whether somebody else may lock the file now: one that is gone again can be made anew."""
    lock.parent.mkdir(exist_ok=True)
    with lock.open("a", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
