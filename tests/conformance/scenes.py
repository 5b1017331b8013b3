"""Short words for the rule tests: tasks are called by one letter, and answers come as sets of letters."""

from __future__ import annotations

from typing import Any

import pytest

from vespera_core.app import requests as ask
from vespera_core.app.application import Vespera
from vespera_core.errors import VesperaError
from vespera_core.model.event import Event
from vespera_core.model.query import EventQuery
from vespera_core.model.task import Task
from vespera_testkit.world.ledgers import PROJECT


def full(name: str) -> str:
    """``a`` is ``mem-a``."""
    return f"{PROJECT}-{name}"


def short(task_id: str) -> str:
    """``mem-a`` is ``a``."""
    return task_id.removeprefix(f"{PROJECT}-")


def make(ledger: Vespera, *names: str, **fields: Any) -> None:
    """Make tasks; `parent` and `needs` name others by their letters."""
    if "parent" in fields:
        fields["parent_id"] = full(fields.pop("parent"))
    fields["depends_on"] = tuple(map(full, fields.pop("needs", ())))
    for name in names:
        ledger.tasks.create_task(f"Task {name}", task_id=full(name), **fields)


def task(ledger: Vespera, name: str) -> Task:
    """A task as it is, deleted or not."""
    with ledger.kernel.storage.read() as reader:
        found = reader.task(full(name))
    assert found is not None
    return found


def ready(ledger: Vespera, **filters: Any) -> set[str]:
    """The ready tasks; every way to ask must agree."""
    page = ledger.tasks.ready(limit=0, **filters)
    found = {short(one.task_id) for one in page.tasks}
    assert page.total == len(found)
    if not filters:
        assert ledger.call("system.stats", ask.Nothing()).ready == len(found)
        for one in ledger.tasks.list_tasks(limit=0).tasks:
            is_ready = short(one.task_id) in found
            assert ledger.tasks.explain(one.task_id).ready == is_ready
            assert ledger.tasks.get_detail(one.task_id).ready == is_ready
    return found


def reasons(ledger: Vespera, name: str) -> set[str]:
    """Kinds of things that a task waits for."""
    return {reason.kind for reason in ledger.tasks.explain(full(name)).waits_for}


def relate(ledger: Vespera, source: str, target: str, **more: Any) -> Task:
    """Add a relation."""
    answer = ledger.call("relation.add", ask.Relate(source=full(source), target=full(target), **more))
    found: Task = answer.task
    return found


def unrelate(ledger: Vespera, source: str, target: str, **more: Any) -> Any:
    """Remove a relation."""
    return ledger.call("relation.remove", ask.Relate(source=full(source), target=full(target), **more))


def undo(ledger: Vespera, event: Event) -> Any:
    """Take an event back."""
    return ledger.call("event.undo", ask.UndoEvent(event=str(event.seq)))


def events(ledger: Vespera, name: str | None = None) -> list[Event]:
    """The log, of one task or of all, oldest first."""
    with ledger.kernel.storage.read() as reader:
        return list(reader.events(EventQuery(entity=None if name is None else full(name))))


def kinds(ledger: Vespera, name: str) -> list[str]:
    """What happened to a task."""
    return [event.kind for event in events(ledger, name)]


def refused(code: str) -> Any:
    """A block that must be refused with this code."""
    return pytest.raises(VesperaError, check=lambda error: error.code == code)
