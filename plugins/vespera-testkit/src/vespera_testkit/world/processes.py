"""Processes of this machine: whether they run, and commands that start some and say which."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Final

from vespera_testkit.world.patience import PATIENCE, awaited

_AWAY: Final = "setsid " if shutil.which("setsid") else ""
FORKS: Final = (
    f"sleep 300 & echo $! >> pids; {_AWAY}sh -c 'echo $$ >> pids; sleep 300; :' & echo $$ >> pids; wait; sleep 300"
)
"""A shell that starts two more, one of which leaves its group; each writes its number into the file ``pids``."""
DEAF: Final = "trap '' TERM; echo $$ > pids; for one in 1 2 3 4 5; do sleep 60; done"
"""A shell that ignores SIGTERM."""

HOST: Final = """
import json, sys
from pathlib import Path
from vespera_core.ports.executor import Work, elapsed
from vespera_testkit.world.places import open_executor

name, settings, folder, environment, script = json.loads(sys.argv[1])
work = Work(run_id="r", task_id="t", title="", folder=Path(folder), workspace=Path(folder), environment=environment,
            command=("sh", "-c", script), until=elapsed() + 600)
execution = open_executor(name, settings).start(work, lambda: None)
execution.outcome(600)
"""
"""A process that starts a command with an executor and waits for it."""


def alive(pid: int) -> bool:
    """Whether a process runs: one that has ended and waits to be collected does not."""
    if Path("/proc/self/stat").exists():
        try:
            return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pids_in(folder: Path, count: int) -> list[int]:
    """So many numbers of processes, once they have been written down."""

    def said() -> list[int]:
        path = folder / "pids"
        found = [int(word) for word in path.read_text(encoding="ascii").split()] if path.exists() else []
        return found if len(found) >= count else []

    numbers: list[int] = awaited(said, f"a word of {count} processes")
    return numbers


def left_of(pids: list[int]) -> list[int]:
    """Those that still run, after they have had time to end."""
    deadline = time.monotonic() + PATIENCE
    while (left := [pid for pid in pids if alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left
