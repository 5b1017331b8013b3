"""Workspaces of the tests: made once, copied for each test, looked at from outside."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from vespera_core.app.answers import DoctorAnswer
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import Nothing
from vespera_core.model.event import Event
from vespera_core.model.query import EventQuery

PROJECT = "rel"


def make_workspace(parent: Path) -> Path:
    """A new workspace in a folder; its store is one closed file."""
    init_workspace(parent, prefix=PROJECT, actor="tests")
    return parent


def copy_workspace(source: Path, target: Path) -> Path:
    """The same workspace somewhere else."""
    shutil.copytree(source, target)
    return target


def store_file(workspace: Path) -> Path:
    """The database file of a workspace."""
    return workspace / ".vespera" / "vespera.db"


def set_busy_seconds(workspace: Path, seconds: float) -> None:
    """How long a writer of this workspace waits for another one."""
    with (workspace / ".vespera" / "config.toml").open("a") as stream:
        stream.write(f"\n[storage.sqlite]\nbusy_seconds = {seconds}\n")


def doctor_faults(ledger: Vespera) -> list[str]:
    """What `vespera doctor` calls damage; it must also have looked at everything that it is there for."""
    answer: DoctorAnswer = ledger.call("system.doctor", Nothing())
    looked = {one.check for one in answer.findings}
    wanted = {
        "file",
        "foreign keys",
        "text index",
        "ready counters",
        "log chain",
        "log leads to state",
        "readiness",
        "cycles",
    }
    assert wanted <= looked, f"the doctor left out {wanted - looked}"
    faults = [f"{one.check}: {one.message}" for one in answer.findings if one.severity == "damage"]
    assert answer.healthy == (not faults)
    return faults


def assert_healthy(workspace: Path) -> None:
    """Fail unless the doctor finds nothing."""
    with Vespera.open(workspace, actor="doctor") as ledger:
        assert doctor_faults(ledger) == []


def events_of(ledger: Vespera, **query: Any) -> list[Event]:
    """Lines of the log, oldest first."""
    with ledger.kernel.storage.read() as reader:
        return list(reader.events(EventQuery(**query)))


@contextmanager
def raw(workspace: Path) -> Iterator[sqlite3.Connection]:
    """The file itself, beside all rules; every statement commits by itself."""
    with closing(sqlite3.connect(store_file(workspace), isolation_level=None)) as connection:
        yield connection
