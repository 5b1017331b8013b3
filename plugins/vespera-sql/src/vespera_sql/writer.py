"""The writer: one per process, with group commit.

Whoever comes first leads: it takes the lock between processes, runs every work that waits in one transaction, commits
once, and only then wakes the others with their results. A lone caller pays for no thread and no hand-over; with many,
one flush to the disk serves all of them.

One work that fails takes none of its neighbours. Most refusals come before anything was written and leave nothing to
take back. Where a work fails after it wrote, the whole transaction is rolled back and run again with a savepoint around
each work. (Savepoints are not used from the start because each one makes SQLite write its text index out: measured, a
shared create costs six times as much with them.)
"""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from vespera_core.errors import StoreFault
from vespera_core.ports.storage import UnitOfWork
from vespera_sql.faults import fault_of, os_fault
from vespera_sql.lock import FileLock
from vespera_sql.transaction import Transaction
from vespera_sql.unit import SqlUnit

T = TypeVar("T")

_GATHER_SECONDS = 0.0002
_MAX_BATCH = 256


class _Job:
    """A work that waits, and what became of it. `next` is the one to be woken after it."""

    __slots__ = ("abandoned", "done", "error", "finished", "leads", "next", "result", "work")

    def __init__(self, work: Callable[[UnitOfWork], Any]) -> None:
        self.work = work
        self.result: Any = None
        self.error: BaseException | None = None
        self.finished = self.leads = self.abandoned = False
        self.next: _Job | None = None
        self.done = Lock()
        self.done.acquire()


class _Spoiled(Exception):
    """A work failed after it had written something."""


class Writer:
    """Runs works one after another on one connection, as many per commit as there are waiting."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, clock: Callable[[], int], busy_seconds: float
    ) -> None:
        self._path = path
        self._connection = connection
        self._clock = clock
        self._busy_seconds = busy_seconds
        self._lock = FileLock(path.with_suffix(".lock"))
        self._guard = Lock()
        self._queue: list[_Job] = []
        self._leading = False
        self._last_batch = 1

    def run(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run `work` and return its result once it is durable; raises what it raises, or a StoreFault."""
        job = _Job(work)
        with self._guard:
            self._queue.append(job)
            job.leads = not self._leading
            self._leading = True
        if not job.leads:
            self._wait(job)
        if job.leads:
            self._lead()
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    def _wait(self, job: _Job) -> None:
        try:
            job.done.acquire()
        except BaseException:  # an interrupt: others must not wait for this thread
            self._withdraw(job)
            raise
        self._wake(job.next)

    def _lead(self) -> None:
        """Commit one batch, the leader's own job first in it; then hand the lead to whoever came meanwhile."""
        self._gather()
        with self._guard:
            batch, self._queue = self._queue[:_MAX_BATCH], self._queue[_MAX_BATCH:]
        self._last_batch = len(batch)
        try:
            self._commit(batch)
        finally:
            self._hand_over()
            for job, after in itertools.pairwise(batch):
                job.next = after
            self._wake(batch[1] if len(batch) > 1 else None)

    def _hand_over(self) -> None:
        """Make the first that waits the leader, or leave the lead to the next that comes."""
        with self._guard:
            heir = self._queue[0] if self._queue else None
            self._leading = heir is not None
            if heir is not None:
                heir.leads = True
                heir.done.release()

    def _wake(self, job: _Job | None) -> None:
        """Wake one waiting caller, who wakes the next: all at once, they would fight for the interpreter's lock."""
        while job is not None:
            with self._guard:
                job.finished = True
                if not job.abandoned:
                    job.done.release()
                    return
            job = job.next

    def _withdraw(self, job: _Job) -> None:
        """Go away without waiting for the result: nobody may be left waiting for this caller's part."""
        with self._guard:
            job.abandoned = True
            if job in self._queue:
                self._queue.remove(job)
            leads, finished = job.leads, job.finished
        if leads:
            self._hand_over()
        elif finished:
            self._wake(job.next)

    def _gather(self) -> None:
        """Where the last batch was shared, wait for the same callers as long as they keep coming back."""
        waiting = 0
        while waiting < len(self._queue) < self._last_batch:
            waiting = len(self._queue)
            time.sleep(_GATHER_SECONDS)

    def _commit(self, batch: list[_Job]) -> None:
        try:
            with self._lock.held(self._busy_seconds):
                self._transaction(batch)
        except BaseException as error:
            self._fail(batch, error)
            if not isinstance(error, sqlite3.Error | OSError | StoreFault):
                raise

    def _transaction(self, batch: list[_Job]) -> None:
        try:
            self._attempt(batch, self._run_bare)
        except _Spoiled:
            for job in batch:
                job.error = None
            self._attempt(batch, self._run_guarded)

    def _attempt(self, batch: list[_Job], run_one: Callable[[_Job, Transaction], None]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            transaction = Transaction(self._connection)
            for job in batch:
                run_one(job, transaction)
            transaction.flush()
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _run_bare(self, job: _Job, transaction: Transaction) -> None:
        before = self._connection.total_changes
        try:
            job.result = job.work(SqlUnit(self._connection, transaction, self._clock()))
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # the whole transaction is lost: a full disk, an I/O error
            if self._connection.total_changes != before:
                raise _Spoiled from error
            job.error = self._named(error)

    def _run_guarded(self, job: _Job, transaction: Transaction) -> None:
        self._connection.execute("SAVEPOINT work")
        try:
            job.result = job.work(SqlUnit(self._connection, transaction, self._clock()))
            transaction.flush()
        except Exception as error:
            if not self._connection.in_transaction:
                raise
            self._connection.execute("ROLLBACK TO work")
            transaction.forget()
            job.error = self._named(error)
        self._connection.execute("RELEASE work")

    def _fail(self, batch: list[_Job], error: BaseException) -> None:
        for job in batch:
            if job.error is None:
                job.error = self._named(error)

    def _named(self, error: BaseException) -> BaseException:
        """What the caller of a failed work is told; another caller's interrupt is not passed on as its own."""
        if isinstance(error, sqlite3.Error):
            return fault_of(error, self._path)
        if isinstance(error, OSError):
            return os_fault(error, self._path)
        if isinstance(error, Exception):
            return error
        return StoreFault(
            f"The write was interrupted ({type(error).__name__}); nothing of it was written.", next="Repeat it."
        )

    def close(self) -> None:
        self._connection.close()
        self._lock.close()
