"""Hiding, where it could go wrong: several tasks, deep trees, repeated calls, observers, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.requests import CreateTask, CreateTasks, PlannedTask, UpdateTasks
from vespera_core.app.vault.requests import RevealTask, RotateKeys
from vespera_core.errors import IdempotencyMismatch, InvalidInput
from vespera_core.model.sensitive import KEPT, holds_plain
from vespera_core.model.task import Task
from vespera_core.ports.observer import Activity, Observer
from vespera_testkit.world.clock import DAY, SECOND, FakeClock

PLAIN = {"iban": "DE89"}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ledger(clock: FakeClock) -> Iterator[Vespera]:
    with Vespera.in_memory(actor="ann", clock=clock) as opened:
        yield opened


def revealed(ledger: Vespera, task: Task) -> Any:
    return ledger.call("task.reveal", RevealTask(task_id=task.task_id)).sensitive


def planned(ledger: Vespera, *plans: PlannedTask) -> tuple[Task, ...]:
    found: tuple[Task, ...] = ledger.call("task.create_many", CreateTasks(tasks=plans)).tasks
    return found


def update(ledger: Vespera, tasks: tuple[Task, ...], metadata: dict[str, Any]) -> None:
    ledger.call("task.update", UpdateTasks(task_ids=tuple(one.task_id for one in tasks), metadata=metadata))


def test_a_map_belongs_to_one_task(ledger: Vespera) -> None:
    """Two tasks with one map would lose it together, when one of them forgets it."""
    tasks = planned(ledger, PlannedTask(title="a"), PlannedTask(title="b"))
    with pytest.raises(InvalidInput, match="one task at a time"):
        update(ledger, tasks, {"sensitive": PLAIN})
    for task in tasks:
        update(ledger, (task,), {"sensitive": PLAIN})
    update(ledger, tasks, {"x": 1, "sensitive": dict(KEPT)})
    update(ledger, tasks[:1], {})
    assert revealed(ledger, tasks[1]) == PLAIN
    update(ledger, tasks, {"sensitive": None})
    with ledger.kernel.storage.read() as reader:
        assert ledger.kernel.vault.own(reader.secrets()) == []


def test_a_plan_that_is_used_twice_makes_two_maps(ledger: Vespera) -> None:
    twin = PlannedTask(title="twin", metadata={"sensitive": PLAIN})
    tasks = planned(ledger, PlannedTask(title="top", children=(twin, PlannedTask(title="x", children=(twin,)))), twin)
    assert [one.title for one in tasks] == ["top", "twin", "x", "twin", "twin"]
    twins = [one for one in tasks if one.title == "twin"]
    update(ledger, (twins[0],), {})
    assert [revealed(ledger, one) for one in twins[1:]] == [PLAIN, PLAIN]


def test_trees_may_be_deep(ledger: Vespera) -> None:
    plan = PlannedTask(title="leaf", metadata={"sensitive": PLAIN})
    for _ in range(2000):
        plan = PlannedTask(title="branch", children=(plan,))
    assert holds_plain(CreateTasks(tasks=(plan,)))
    tasks = planned(ledger, plan)
    assert revealed(ledger, tasks[-1]) == PLAIN
    assert len(tasks) == 2001


def test_a_call_may_be_repeated_after_a_rotation(ledger: Vespera) -> None:
    request = CreateTask(title="x", metadata={"sensitive": PLAIN})
    first = ledger.call("task.create", request, idempotency_key="k").task
    for _ in range(2):
        ledger.call("keys.rotate", RotateKeys())
    assert ledger.call("task.create", request, idempotency_key="k").task == first
    assert ledger.tasks.ready().total == 1


def test_a_forgotten_key_never_ties_two_tasks_together(ledger: Vespera, clock: FakeClock) -> None:
    request = CreateTask(title="x", metadata={"sensitive": PLAIN})
    first = ledger.call("task.create", request, idempotency_key="k").task
    clock.advance(8 * DAY / SECOND)
    with pytest.raises(IdempotencyMismatch, match="not kept any more"):
        ledger.call("task.create", request, idempotency_key="k")
    assert revealed(ledger, first) == PLAIN


class Watching(Observer):
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def begin(self, activity: Activity) -> None:
        self.seen.append(f"{activity!r}")


def test_observers_see_that_there_is_something(ledger: Vespera) -> None:
    watching = Watching()
    ledger.kernel.observers = (watching,)
    twin = PlannedTask(title="twin", metadata={"n": 1, "sensitive": PLAIN})
    task = ledger.tasks.create_task("x", metadata={"n": 1, "sensitive": PLAIN})
    planned(ledger, PlannedTask(title="top", children=(twin,)))
    update(ledger, (task,), {"sensitive": {"iban": "DE89", "n": 2}})
    assert len(watching.seen) == 3
    assert all("sealed" in one for one in watching.seen)
    assert not any("DE89" in one or "iban" in one for one in watching.seen)


def test_a_refusal_repeats_nothing(ledger: Vespera, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    for value in ("DE89", {"iban": "DE89" * 20_000}, {"iban": ["DE89", {1, 2}]}, {"iban": "DE89\ud800"}):
        with pytest.raises(InvalidInput) as raised:
            ledger.tasks.create_task("x", metadata={"sensitive": value})
        assert "DE89" not in repr(raised.value.as_json())
    assert "DE89" not in caplog.text
