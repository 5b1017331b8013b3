"""The projection port: a derived copy of the ledger, made for one kind of question and kept in step by the core.

A projection may lag, be damaged or be deleted: nothing is lost, since everything in it follows from the primary store.
The core owns the when and the whence (the checkpoint in the primary, the batches, the retries, the generations, the
lock); a backend owns only its own file format, in a folder of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from vespera_core.model.task import Task
from vespera_core.ports.storage import Finding


class Projected(NamedTuple):
    """A live task on its way into a projection: as it stands now, what its status means, and its vector.

    `vector` holds float32 numbers, little-endian, of length 1; it is there for projections that need vectors, except
    for a task in whose text the model recognised nothing.
    """

    task: Task
    category: str
    vector: bytes | None = None


class Gone(NamedTuple):
    """A task that a projection must no longer hold, with the version that says so."""

    task_id: str
    version: int


class Projection(ABC):
    """A derived copy. The core calls it from one thread at a time, and only while it holds the projection's lock.

    Every method that writes is idempotent, and durable when it returns: the core moves its checkpoint right after, and
    after a crash anywhere it repeats the batch.
    """

    needs_vectors: ClassVar[bool] = False
    """Whether tasks come with their vectors: then they come only once these are made."""

    @abstractmethod
    def apply(self, batch: Sequence[Projected], gone: Sequence[Gone]) -> None:
        """Hold these tasks as they are given, instead of older versions; hold the gone ones no longer.

        An id stands in a call once. A task whose version is not newer than the one held may be skipped. Raises any
        exception where the batch could not be applied: it is tried again, and at last task by task, so that a single
        one that cannot be held is parked and the rest goes on.
        """

    @abstractmethod
    def versions(self) -> dict[str, int]:
        """The version of every task that is held, as the backend's own files say: this is what checks compare."""

    def load(self, tasks: Iterable[Projected]) -> int:
        """Fill an empty projection with everything; answers how many. Backends with a faster way override it."""
        from itertools import islice

        found, count = iter(tasks), 0
        while batch := list(islice(found, 1000)):
            self.apply(batch, ())
            count += len(batch)
        return count

    def check(self) -> list[Finding]:
        """Look for damage in the backend's own files, beyond what `versions` shows. Changes nothing."""
        return []

    def close(self) -> None:  # noqa: B027 - a backend without handles has nothing to do
        """Let go of everything; closing twice is fine."""
