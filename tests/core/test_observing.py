"""Observers are told of what is done, and can stand in nobody's way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.observing import MAX_CAUSES, causes, trace_of
from vespera_core.app.requests import CreateTask, TaskRef
from vespera_core.app.runs.settings import WorkerSettings
from vespera_core.app.runs.worker import Worker
from vespera_core.errors import NotFound
from vespera_core.model.query import EventQuery
from vespera_core.ports.observer import Activity, Observer, Ongoing

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"


class Notes(Observer):
    """Writes down what it is told, and gives every piece of work the same trace."""

    def __init__(self, trace: str | None = TRACE) -> None:
        self.trace = trace
        self.begun: list[Activity] = []
        self.ended: list[tuple[str, BaseException | None]] = []

    def begin(self, activity: Activity) -> Ongoing:
        self.begun.append(activity)
        return _Note(self, activity)


class _Note(Ongoing):
    def __init__(self, notes: Notes, activity: Activity) -> None:
        self._notes = notes
        self._activity = activity
        self.trace = notes.trace

    def end(self, answer: Any, error: BaseException | None) -> None:
        self._notes.ended.append((self._activity.name, error))


class Broken(Observer):
    def begin(self, activity: Activity) -> Ongoing:
        if activity.name == "task.get":
            raise RuntimeError("at the beginning")
        return _Broken()


class _Broken(Ongoing):
    def end(self, answer: Any, error: BaseException | None) -> None:
        raise RuntimeError("at the end")


@pytest.fixture
def ledger() -> Iterator[Vespera]:
    with Vespera.in_memory(actor="ann") as found:
        yield found


def contexts(ledger: Vespera, task_id: str) -> list[dict[str, Any]]:
    with ledger.kernel.storage.read() as reader:
        return [one.context for one in reader.events(EventQuery(entity=task_id))]


def test_operations_are_told_with_how_they_ended(ledger: Vespera) -> None:
    notes = Notes()
    ledger.kernel.observers = (notes,)
    made = ledger.call("task.create", CreateTask(title="Watched")).task
    with pytest.raises(NotFound) as caught:
        ledger.call("task.get", TaskRef(task_id="none"))
    assert [one.name for one in notes.begun] == ["task.create", "task.get"]
    assert notes.ended == [("task.create", None), ("task.get", caught.value)]
    assert contexts(ledger, made.task_id)[0]["trace"] == TRACE


def test_without_observers_events_carry_no_trace(ledger: Vespera) -> None:
    made = ledger.call("task.create", CreateTask(title="Unseen")).task
    assert "trace" not in contexts(ledger, made.task_id)[0]


def test_an_observer_that_fails_is_logged_and_stops_nothing(ledger: Vespera, caplog: pytest.LogCaptureFixture) -> None:
    notes = Notes(None)
    ledger.kernel.observers = (Broken(), notes)
    with caplog.at_level(logging.ERROR, "vespera.observing"):
        made = ledger.call("task.create", CreateTask(title="Watched")).task
        assert ledger.call("task.get", TaskRef(task_id=made.task_id)).task.title == "Watched"
    assert len(caplog.records) == 2
    assert [name for name, _ in notes.ended] == ["task.create", "task.get"]


def test_a_run_comes_of_what_happened_to_its_task_and_its_command_belongs_to_it(
    ledger: Vespera, tmp_path: Path
) -> None:
    ledger.kernel.observers = (Notes(OTHER),)
    made = ledger.call("task.create", CreateTask(title="Run it")).task
    ledger.kernel.observers = (notes := Notes(),)
    command = ("sh", "-c", 'printf %s "$TRACEPARENT" > trace')
    settings = WorkerSettings(command=command, folder=tmp_path, until_empty=True, poll=0.2)
    Worker(ledger.kernel, ledger.caller, settings, lambda _: None).run()
    (run,) = [one for one in notes.begun if one.kind == "run"]
    assert (run.task_id, run.name) == (made.task_id, "command")
    assert OTHER in run.causes
    assert (tmp_path / "trace").read_text() == TRACE
    assert ("command", None) in notes.ended


def test_batches_of_vectors_come_of_events(tmp_path: Path) -> None:
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as ledger:
        ledger.kernel.engines.catch_up(30)
        ledger.kernel.observers = (notes := Notes(),)
        ledger.call("task.create", CreateTask(title="Embedded"))
        ledger.kernel.engines.catch_up(30)
    batches = [one for one in notes.begun if one.kind == "embedding"]
    assert batches
    assert batches[-1].causes == (TRACE,)


def test_a_command_belongs_to_the_trace_that_its_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init_workspace(tmp_path, prefix="web", actor="ann")
    for told, kept in ((TRACE, TRACE), ("no trace\n", None)):
        monkeypatch.setenv("TRACEPARENT", told)
        with Vespera.open(tmp_path, actor="ann") as ledger:
            made = ledger.call("task.create", CreateTask(title="Traced")).task
            assert contexts(ledger, made.task_id)[0].get("trace") == kept


def test_causes_are_told_once_and_are_bounded() -> None:
    many = [f'{{"trace": "00-{number:032x}-{1:016x}-01"}}' for number in range(1, 60)]
    found = causes([*many, many[0], "{}", '{"trace": 5}', '{"trace": "<script>"}'])
    assert len(found) == MAX_CAUSES
    assert len(set(found)) == MAX_CAUSES
    assert found[-1] == f"00-{1:032x}-{1:016x}-01"
    assert trace_of(TRACE) == TRACE
    assert trace_of(TRACE.upper()) is None
