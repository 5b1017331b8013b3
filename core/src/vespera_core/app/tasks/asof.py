"""As of: the reads that can look back. The log is replayed up to a moment, and the same handlers read what it gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vespera_core.app.answers import TaskDetail, TaskPage
from vespera_core.app.requests import ListTasks, ReadyTasks, TaskRef
from vespera_core.app.session import Session
from vespera_core.app.tasks import reading
from vespera_core.model.basics import Micros, check_moment


def get_task(session: Session, request: TaskRef) -> TaskDetail:
    """One task with what belongs to it; as it was, where a moment is given."""
    if request.as_of is not None:
        from vespera_core.app.tasks.history import task_as_of

        return task_as_of(session, request, check_moment("as_of", request.as_of))
    return reading.get_task(session, request)


def list_tasks(session: Session, request: ListTasks) -> TaskPage:
    """A page of tasks; of those that were, where a moment is given."""
    with _then(session, request.as_of) as then:
        return reading.list_tasks(then, request)


def ready(session: Session, request: ReadyTasks) -> TaskPage:
    """The ready queue; as it was, where a moment is given."""
    with _then(session, request.as_of) as then:
        return reading.ready(then, request)


@contextmanager
def _then(session: Session, at: Micros | None) -> Iterator[Session]:
    if at is None:
        yield session
        return
    check_moment("as_of", at)
    from vespera_core.app.care.rebuild import replayed_store

    with replayed_store(session.reader, at).read() as reader:
        yield Session(reader, session.caller, at)
