"""A store on the bench: what every rule of a store gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from vespera_core.model.event import Stamp
from vespera_core.model.project import Project
from vespera_core.model.readiness import Readiness
from vespera_core.model.task import Task
from vespera_core.ports.storage import Reader, Storage, UnitOfWork
from vespera_testkit.world.clock import FakeClock
from vespera_testkit.world.tasks import category_of, record_of


@dataclass
class Bench:
    """An opened store with some projects, its clock, and the ways in which it is written."""

    storage: Storage
    clock: FakeClock = field(default_factory=FakeClock)
    again: Callable[[], Storage] | None = None
    """Opens the store's place once more; None where there is no place, and the store lives as this object."""
    projects: tuple[str, ...] = ("p", "q", "r")
    """What is written at once."""

    def __post_init__(self) -> None:
        if self.projects:
            self.write(lambda unit: [unit.put_project(Project(one, one)) for one in self.projects])

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
        """Close the store, and go on with what is found in its place."""
        if self.again is not None:
            self.storage.close()
            self.storage = self.again()

    def task(self, task_id: str) -> Task | None:
        """A task as a fresh snapshot has it."""
        with self.storage.read() as reader:
            return reader.task(task_id)

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """A snapshot."""
        with self.storage.read() as reader:
            yield reader
