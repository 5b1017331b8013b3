"""What all suites of this room share: a clock that is moved by hand, stores found by name, ledgers on them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from vespera_core.app.application import (
    Vespera,
    init_workspace,
    load_plugins,
    select_storage,
)
from vespera_core.app.config import Settings, provider_settings
from vespera_core.model.basics import Micros
from vespera_core.model.event import Stamp
from vespera_core.model.project import Project
from vespera_core.model.readiness import Readiness, readiness_of
from vespera_core.model.task import Task
from vespera_core.ports.provider import OpenContext, Provider
from vespera_core.ports.storage import Reader, Storage, UnitOfWork

DEEP = bool(os.environ.get("VESPERA_DEEP"))
EXAMPLES = int(os.environ.get("VESPERA_EXAMPLES") or (2000 if DEEP else 40))
"""Runs of the state machine, of fifty steps each."""
STORES = ("memory", "sqlite")
PROJECT = "mem"
START = 1_800_000_000_000_000
SECOND = 1_000_000
DAY = 86_400 * SECOND


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: int = START) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at

    def advance(self, seconds: float) -> int:
        """Move on, or back; answers the new moment."""
        self.at += int(seconds * SECOND)
        return self.at


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for many short-lived stores: in memory where the machine has such a disk, gone afterwards."""
    shared = Path("/dev/shm")
    folder = Path(mkdtemp(prefix="vespera-", dir=shared if os.access(shared, os.W_OK) else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


# ---------------------------------------------------------------- stores


@cache
def provider_of(name: str) -> Provider[Storage]:
    """The provider that the real registry selects: packaging and entry points are tested with it."""
    settings = Settings(storage=name)
    return select_storage(load_plugins(settings), settings)


def open_storage(name: str, folder: Path, clock: FakeClock) -> Storage:
    """An opened store of a provider, whose empty place is made where it is missing."""
    provider = provider_of(name)
    settings = provider_settings(provider, Settings(storage=name))
    context = OpenContext(folder, clock)
    provider.create(settings, context)
    return provider.open(settings, context)


def new_task(task_id: str, **fields: Any) -> Task:
    """A task of project ``p`` with a plain title."""
    facts = {"project_id": "p", "title": f"Title of {task_id}", "created_at": Micros(START), "created_by": "ann"}
    return Task(task_id=task_id, **{**facts, "updated_at": Micros(START), **fields})


CATEGORIES = {
    "blocked": "held",
    "in_progress": "active",
    "in_review": "active",
    "completed": "closed",
    "cancelled": "closed",
}


def category_of(task: Task) -> str:
    """What a status that ships means; todo for every other one."""
    return CATEGORIES.get(task.status, "todo")


def record_of(task: Task, **counters: Any) -> Readiness:
    """A readiness record of a task, with these derived values."""
    return replace(readiness_of(task, category_of(task)), **counters)


@dataclass
class Bench:
    """A store on the bench: what every check of the contract gets."""

    storage: Storage
    clock: FakeClock = field(default_factory=FakeClock)
    snapshots: bool = False
    """Whether a reader may stay open while another thread writes."""
    again: Callable[[Storage], Storage] | None = None
    """Closes a store and opens its place anew; None where there is no place, and the store lives as this object."""

    def __post_init__(self) -> None:
        self.write(lambda unit: [unit.put_project(Project(one, one)) for one in ("p", "q", "r")])

    def write(self, work: Any) -> Any:
        """Run a work with a stamp, as the core does."""

        def stamped(unit: UnitOfWork) -> Any:
            unit.stamp = Stamp("ann", "python", "{}")
            return work(unit)

        return self.storage.write(stamped)

    def add(self, *tasks: Task) -> None:
        """Insert tasks with the readiness that they have on their own."""
        self.write(lambda unit: unit.insert_tasks([(task, record_of(task)) for task in tasks]))

    def add_records(self, pairs: Iterable[tuple[Task, Readiness]]) -> None:
        """Insert tasks with readiness records that are given."""
        self.write(lambda unit: unit.insert_tasks(list(pairs)))

    def update(self, old: Task, **changes: Any) -> Task:
        """Write a task's next version."""
        new = old.evolve(version=old.version + 1, **changes)
        self.write(lambda unit: unit.update_task(old, new, category_of(new)))
        return new

    def reopen(self) -> None:
        """Go on with what is found in the store's place."""
        if self.again is not None:
            self.storage = self.again(self.storage)

    def task(self, task_id: str) -> Task | None:
        """A task as a fresh snapshot has it."""
        with self.storage.read() as reader:
            return reader.task(task_id)

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """A snapshot."""
        with self.storage.read() as reader:
            yield reader


# ---------------------------------------------------------------- ledgers


def make_template(folder: Path) -> Path:
    """A migrated workspace with one empty project, to be copied: Alembic runs once."""
    init_workspace(folder, prefix=PROJECT, actor="vespera", clock=FakeClock())
    return folder


class Ledgers:
    """Makes ledgers on any store, all on the same clock; `close` lets go of every one."""

    def __init__(self, template: Path, scratch: Path, clock: FakeClock) -> None:
        self._template = template
        self._scratch = scratch
        self._opened: list[Vespera] = []
        self.clock = clock

    def open(self, store: str) -> Vespera:
        """A fresh ledger on a store, for the actor ann."""
        if store == "memory":
            return self._kept(Vespera.in_memory(actor="ann", project=PROJECT, clock=self.clock))
        folder = Path(mkdtemp(dir=self._scratch)) / "work"
        shutil.copytree(self._template, folder)
        return self.reopen(folder, store)

    def reopen(self, folder: Path, store: str = "sqlite") -> Vespera:
        """A ledger on a workspace that is there."""
        return self._kept(Vespera.open(folder, actor="ann", storage=store, clock=self.clock))

    def _kept(self, ledger: Vespera) -> Vespera:
        self._opened.append(ledger)
        return ledger

    def close(self) -> None:
        """Close every ledger that was opened here, and remove its folder."""
        for ledger in self._opened:
            ledger.close()
            if ledger.folder is not None:
                shutil.rmtree(ledger.folder.parent.parent, ignore_errors=True)
        self._opened.clear()
