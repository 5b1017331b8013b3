"""Awkward values through the public operations: kept, or refused in the same words by every store."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conformance.scenes import events, full, make, ready, task
from vespera_core.app import requests as ask
from vespera_core.app.application import Vespera
from vespera_core.app.search.requests import SearchTasks
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import Micros
from vespera_core.model.public import public
from vespera_testkit.machine.twins import Twins, outcome_of
from vespera_testkit.model.invariants import check_invariants
from vespera_testkit.world.clock import FakeClock
from vespera_testkit.world.ledgers import STORES, Ledgers

LONE = "\udcff"
"""What Python makes of a byte on the command line that is not UTF-8."""

HUGE = 2**70


def cursor(*values: Any) -> str:
    """A cursor that no page gave out."""
    return urlsafe_b64encode(json.dumps(values).encode()).decode()


def created(**fields: Any) -> tuple[str, Any]:
    """A request to make a task."""
    return "task.create", ask.CreateTask(**{"title": "x", "task_id": full("new"), **fields})


def updated(**fields: Any) -> tuple[str, Any]:
    """A request to change one."""
    return "task.update", ask.UpdateTasks(task_ids=(full("a"),), **fields)


def listed(**fields: Any) -> tuple[str, Any]:
    """A request to list tasks."""
    return "task.list", ask.ListTasks(**fields)


REFUSED: dict[str, tuple[str, Any]] = {
    "a due date beyond all calendars": created(due_at=HUGE),
    "a due date after the year 9999": created(due_at=2**62),
    "a due date in words": created(due_at="tomorrow"),
    "a due date in fractions": created(due_at=1.5),
    "a due date that is true": created(due_at=True),
    "a deferral beyond all calendars": ("task.defer", ask.MoveTasks(task_ids=(full("a"),), until=Micros(HUGE))),
    "no description": updated(description=None),
    "notes that are a number": updated(notes=0),
    "metadata that is empty text": updated(metadata=""),
    "metadata that is a list": updated(metadata=[1]),
    "metadata that is not JSON": updated(metadata={"a": {1}}),
    "metadata with a number without end": updated(metadata={"a": float("inf")}),
    "metadata with a number of 5000 digits": updated(metadata={"a": 10**5000}),
    "metadata that is too deep": updated(metadata=json.loads('{"a":' * 30 + "1" + "}" * 30)),
    "a title that is a number": updated(title=5),
    "a title of 501": updated(title="x" * 501),
    "a title of spaces": updated(title="  "),
    "a description that is too long": updated(description="x" * 1_000_001),
    "a negative estimate": updated(estimate_minutes=-1),
    "101 tags": updated(tags=tuple(map(str, range(101)))),
    "an id with a slash": created(task_id="a/b"),
    "an id of 129": created(task_id="a" * 129),
    "an id with a line break": created(task_id="a\n"),
    "a title with a lone surrogate": created(title=LONE),
    "a cursor with a huge number": listed(sort="created", cursor=cursor("created", HUGE, "x")),
    "a cursor with a lone surrogate": listed(sort="id", cursor=cursor("id", LONE)),
    "a limit beyond all": listed(limit=HUGE),
    "a negative limit": listed(limit=-1),
    "a limit that is true": listed(limit=True),
    "a ready limit beyond all": ("task.ready", ask.ReadyTasks(limit=HUGE)),
    "a history limit beyond all": ("event.list", ask.History(limit=HUGE)),
    "an unknown sort": listed(sort="nonsense"),
    "a moment beyond all": listed(as_of=Micros(HUGE)),
    "nothing to defer": ("task.defer", ask.MoveTasks(task_ids=())),
    "nothing to complete": ("task.complete", ask.CompleteTasks(task_ids=())),
    "nothing to update": ("task.update", ask.UpdateTasks(task_ids=())),
    "a workflow that is a list": ("project.create", ask.CreateProject(project_id="x", workflow=[])),  # type: ignore[arg-type]
    "a project's metadata that is a list": ("project.create", ask.CreateProject(project_id="x", metadata=[1])),  # type: ignore[arg-type]
    "an empty search": ("task.search", SearchTasks(text=" ")),
    "a search for a lone surrogate": ("task.search", SearchTasks(text=LONE)),
}
"""Requests that no store may perform, whatever its state."""

NOTHING_THERE: dict[str, tuple[str, Any]] = {
    "an id with a lone surrogate": ("task.get", ask.TaskRef(task_id=LONE)),
    "an id with a NUL": ("task.get", ask.TaskRef(task_id="\x00")),
    "an empty id": ("task.get", ask.TaskRef(task_id="")),
    "a project with a lone surrogate": listed(project_id=LONE),
    "an event with a lone surrogate": ("event.undo", ask.UndoEvent(event=LONE)),
    "an id of a pattern": ("task.get", ask.TaskRef(task_id="%")),
}
"""Requests that name what cannot be there."""


def cases(table: dict[str, tuple[str, Any]]) -> list[Any]:
    """The table as test parameters."""
    return [pytest.param(*row, id=name) for name, row in table.items()]


def answers(ledgers: Ledgers, operation: str, request: Any, key: str | None) -> list[str | None]:
    """The code of each store's refusal; whatever is no error of the ledger passes through."""
    codes = []
    for store in STORES:
        ledger = ledgers.open(store)
        make(ledger, "a")
        before = len(events(ledger))
        codes.append(outcome_of(partial(ledger.call, operation, request, idempotency_key=key)).code)
        assert len(events(ledger)) == before
    return codes


@pytest.mark.parametrize(("operation", "request_"), cases(REFUSED))
def test_what_is_refused_everywhere(ledgers: Ledgers, operation: str, request_: Any) -> None:
    assert answers(ledgers, operation, request_, None) == ["invalid_input"] * 2


@pytest.mark.parametrize(("operation", "request_"), cases(NOTHING_THERE))
def test_what_is_found_nowhere(ledgers: Ledgers, operation: str, request_: Any) -> None:
    assert answers(ledgers, operation, request_, None) == ["not_found"] * 2


@pytest.mark.parametrize("value", [float("nan"), {1}, object(), b"x"], ids=["nan", "set", "object", "bytes"])
def test_a_key_changes_nothing_about_what_is_refused(ledger: Vespera, value: object) -> None:
    for key in (None, "k"):
        with pytest.raises(InvalidInput):
            ledger.tasks.create_task("x", metadata={"a": value}, idempotency_key=key)


@pytest.mark.parametrize("seconds", [-1, -(10**9), -(2**33)])
def test_a_deferral_before_1970_is_over(ledgers: Ledgers, seconds: int) -> None:
    for store in STORES:
        ledger = ledgers.open(store)
        make(ledger, "a", defer_until=Micros(seconds * 1_000_000))
        assert ready(ledger) == {"a"}


def test_true_is_not_one(ledger: Vespera) -> None:
    make(ledger, "a", metadata={"done": 1})
    for value in (True, 1.0, 1, "1"):
        ledger.tasks.update_task(full("a"), metadata={"done": value})
        assert repr(task(ledger, "a").metadata) == repr({"done": value})
    assert task(ledger, "a").version == 5


def test_text_goes_through_verbatim(ledgers: Ledgers, clock: FakeClock) -> None:
    """What was typed comes back from every read, on both stores alike."""
    from vespera_testkit.suites.storage.rows import ODD_TEXTS

    twins = Twins(ledgers)
    for number, text in enumerate(ODD_TEXTS):
        made = twins.call(
            "task.create",
            ask.CreateTask(
                title=text,
                task_id=full(f"t{number}"),
                description=text,
                notes=text,
                tags=(text,),
                metadata={text: [text]},
                assignee=text,
                role=text,
                external_ref=text,
            ),
        ).answer.task
        assert (made.title, made.description, made.tags, made.metadata) == (text, text, (text,), {text: [text]})
        shown = twins.call("task.get", ask.TaskRef(task_id=made.task_id)).shown["task"]
        assert shown == twins.call("task.list", ask.ListTasks(assignee=text, role=text, tags=(text,))).shown["tasks"][0]
        assert shown["title"] == text
        twins.call("task.comment", ask.AddComment(task_id=made.task_id, text=text))
        twins.call("event.list", ask.History(task_id=made.task_id))


def test_a_task_may_be_called_as_its_project(ledger: Vespera, clock: FakeClock, tmp_path: Path) -> None:
    """Events of the two are told apart wherever the log is read back."""
    ledger.tasks.create_task("First", task_id="mem")
    file = tmp_path / "all.jsonl"
    ledger.call("exchange.export", ask.ExportFile(path=str(file)))
    file.write_text(file.read_text().replace("First", "Second"))
    answer = ledger.call("exchange.import", ask.ImportFile(format="jsonl", path=str(file)))
    assert (answer.imported, answer.updated, answer.unchanged) == (0, 0, 1), "it was made here, so what is here stays"
    assert ledger.tasks.get_task("mem", as_of=Micros(clock.at)).title == "First"
    ledger.tasks.comment("mem", "a remark")
    assert len(ledger.tasks.get_detail("mem").comments) == 1
    check_invariants(ledger)


def test_times_that_a_calendar_knows(ledger: Vespera) -> None:
    last = Micros(253_402_300_799_999_999)
    make(ledger, "a", due_at=last)
    assert public(task(ledger, "a"))["due_at"] == "9999-12-31T23:59:59.999999Z"


SEARCHES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("alpha", lambda text: "alpha" in text),
    ('"alpha', lambda text: "alpha" in text),
    ("alpha AND", lambda _: True),
    ("(alpha)", lambda text: "alpha" in text),
    ("alpha*", lambda text: "alpha" in text),
    ("-alpha", lambda text: "alpha" in text),
    ("🦔", lambda _: False),
    ("NEAR(alpha beta)", lambda _: True),
    ("title:alpha", lambda _: True),
    ("___", lambda _: False),
)


@pytest.mark.parametrize(("text", "fits"), SEARCHES, ids=[text for text, _ in SEARCHES])
def test_what_is_searched_for_is_never_a_command(ledger: Vespera, text: str, fits: Callable[[str], bool]) -> None:
    make(ledger, "a", description="alpha and near beta title")
    make(ledger, "b", description="gamma")
    found = {one.task_id for one in ledger.tasks.search(text, mode="text").tasks}
    assert found == ({full("a")} if fits("alpha") else set())
