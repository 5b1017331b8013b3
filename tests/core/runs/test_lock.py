"""One task, one command at a time on this machine, even where nobody ends the former one in time."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from core.runs.test_command import await_pids, run, start
from vespera_core.ports.executor import elapsed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the death of a supervisor is not passed on")

FORMER = "echo $PPID > pid; echo former begins >> log; sleep 1; echo former ends >> log"


def lines(folder: Path) -> list[str]:
    return (folder / "log").read_text().splitlines()


def test_a_command_waits_for_that_of_an_earlier_claim(tmp_path: Path) -> None:
    """The former's supervisor is frozen, as on a machine that is too busy: its command outlives its lease."""
    lock = tmp_path / "runs" / "t"
    former = start(tmp_path, "sh", "-c", FORMER, lock=lock, until=elapsed() + 0.5)
    (supervisor,) = await_pids(tmp_path / "pid", 1)
    os.kill(supervisor, signal.SIGSTOP)
    later = start(tmp_path, "sh", "-c", "echo later >> log", lock=lock)
    assert later.outcome(1.5) is None, "the lock is held until all of the former has been seen to end"
    os.kill(supervisor, signal.SIGCONT)
    ended, found = former.outcome(30), later.outcome(30)
    assert ended is not None
    assert found is not None
    assert found.succeeded
    assert lines(tmp_path) == ["former begins", "former ends", "later"]
    assert not lock.exists()


def test_what_outlives_its_supervisor_is_waited_for(tmp_path: Path) -> None:
    lock = tmp_path / "runs" / "t"
    orphan = "setsid sh -c 'sleep 1; echo orphan >> log' & echo $PPID > pid; wait"
    former = start(tmp_path, "sh", "-c", orphan, lock=lock)
    (supervisor,) = await_pids(tmp_path / "pid", 1)
    time.sleep(0.2)
    os.kill(supervisor, signal.SIGKILL)
    assert former.outcome(30) is not None
    assert run(tmp_path, "sh", "-c", "echo later >> log", lock=lock).succeeded
    assert lines(tmp_path) == ["orphan", "later"]


def test_a_lock_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "t").mkdir()
    outcome = run(tmp_path, "true", lock=tmp_path / "runs" / "t")
    assert not outcome.succeeded
    assert "could not be started" in outcome.reason
