"""Tasks that are about a file, and tasks that are made from a place in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vespera_core.app.application import Vespera
from vespera_core.app.evidence.requests import AddEvidence
from vespera_core.app.files.references import REFERENCES, check_file, mention, places
from vespera_core.app.files.requests import CaptureTask, TasksOfFile
from vespera_core.app.requests import AddComment, Checkpoint, ClaimTask, CreateProject, Nothing
from vespera_core.errors import InvalidInput, NotFound, PermissionDenied
from vespera_core.model.task import Task

FILE = "src/app.py"


@pytest.fixture
def ledger() -> Iterator[Vespera]:
    with Vespera.in_memory(actor="ann", project="web") as opened:
        yield opened


def capture(ledger: Vespera, file: str = FILE, **fields: Any) -> Task:
    task: Task = ledger.call("task.capture", CaptureTask(file=file, **fields)).task
    return task


def found(ledger: Vespera, file: str = FILE, **fields: Any) -> dict[str, tuple[str, ...]]:
    answer = ledger.call("file.tasks", TasksOfFile(file=file, **fields))
    assert answer.total >= len(answer.tasks)
    return {one.task.task_id: one.named_in for one in answer.tasks}


# ---------------------------------------------------------------- capturing


def test_a_selection_becomes_a_task_that_refers_to_its_place(ledger: Vespera) -> None:
    text = "    # TODO: close the file\n    return open(path).read()\n"
    task = capture(ledger, start_line=12, end_line=13, text=text, note="It leaks.\nEach call.", priority="high")
    assert (task.title, task.priority) == ("It leaks.", "high")
    assert task.metadata == {REFERENCES: [{"file": FILE, "start_line": 12, "end_line": 13}]}
    assert task.description == (
        "It leaks.\nEach call.\n\nFrom src/app.py, lines 12 to 13:\n\n"
        "        # TODO: close the file\n        return open(path).read()"
    )


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"text": "\n\n  // FIXME: off by one\nx"}, "off by one"),
        ({"text": "# todo write it"}, "write it"),
        ({"text": "<!-- Old words -->"}, "Old words -->"),
        ({"text": "###\n/* ***\n"}, "Look at src/app.py"),
        ({"note": "Say why", "text": "# TODO other"}, "Say why"),
        ({"title": "Mine", "note": "n"}, "Mine"),
        ({"start_line": 7}, "Look at src/app.py, line 7"),
        ({"text": "w" * 500}, "w" * 117 + "..."),
    ],
)
def test_its_title(ledger: Vespera, fields: dict[str, Any], title: str) -> None:
    assert capture(ledger, **fields).title == title


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"start_line": 0}, "start_line"), ({"start_line": 3, "end_line": 2}, "end_line"),
        ({"end_line": 10**9}, "end_line"),
        ({"start_line": True}, "start_line"), ({"file": "/etc/passwd"}, "file"), ({"file": "../x"}, "file"),
        ({"file": "a/../../x"}, "file"), ({"file": "."}, "file"), ({"file": ""}, "file"), ({"file": "a\x00b"}, "file"),
        ({"file": "a\nb"}, "file"), ({"title": ""}, "title"), ({"type": "Not a word"}, "type"),
        ({"note": "x" * 1_000_001}, "note"),
    ],
)  # fmt: skip
def test_what_is_no_place_makes_no_task(ledger: Vespera, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        capture(ledger, **fields)
    assert caught.value.details["field"] == field
    assert ledger.call("system.stats", Nothing()).total == 0


# ---------------------------------------------------------------- finding


def test_tasks_are_found_wherever_they_name_the_file(ledger: Vespera) -> None:
    make = ledger.tasks.create_task
    capture(ledger, "./src//app.py", title="Captured", start_line=3)
    (captured,) = found(ledger)
    said = make("Said", description="See `src/app.py:12`, please.").task_id
    held = make("Held").task_id
    ledger.call("task.claim", ClaimTask(task_id=held))
    ledger.call("task.checkpoint", Checkpoint(task_id=held, state={"files": [FILE]}))
    remarked = make("Remarked").task_id
    ledger.call("task.comment", AddComment(task_id=remarked, text="It is in ./src/app.py."))
    proved = make("Proved").task_id
    ledger.call("evidence.ran", AddEvidence(task_id=proved, command=f"pytest {FILE}", exit_code=0))
    listed = make("Listed", metadata={"files": [FILE]}, tags=[FILE]).task_id
    assert found(ledger) == {
        captured: (REFERENCES, "description"), said: ("description",), held: ("checkpoint",), remarked: ("comments",),
        proved: ("evidence",), listed: ("tags", "metadata"),
    }  # fmt: skip
    assert list(found(ledger, limit=1)) == [captured]  # what refers to it comes first


@pytest.mark.parametrize(
    "text",
    ["core/src/app.py", "src/app.pyc", "src/app.py/x", "src/app.py.orig", "mysrc/app.py", "src/app", "src/xapp.py",
     "src/appxpy", "../src/app.py", "~/src/app.py"],
)  # fmt: skip
def test_another_file_is_another_file(ledger: Vespera, text: str) -> None:
    ledger.tasks.create_task("T", description=f"Look at {text} now", metadata={"files": [text]})
    assert found(ledger) == {}


def test_closed_and_deleted_tasks_and_other_projects(ledger: Vespera) -> None:
    ledger.call("project.create", CreateProject(project_id="lab"))
    closed, deleted, other = (capture(ledger, project_id=one).task_id for one in ("web", "web", "lab"))
    ledger.tasks.complete_task(closed)
    ledger.tasks.delete_task(deleted)
    assert set(found(ledger)) == {other}
    assert set(found(ledger, closed=True)) == {closed, other}
    assert found(ledger, project_id="web") == {}
    with pytest.raises(NotFound):
        found(ledger, project_id="none")


def test_references_that_are_none_are_passed_over(ledger: Vespera) -> None:
    for value in (None, 5, {}, [None], [{}], [{"file": 5}], [{"file": ""}], [[FILE]]):
        ledger.tasks.create_task("T", metadata={REFERENCES: value})
    ledger.tasks.create_task("T", metadata={REFERENCES: [{"file": "src/./app.py", "start_line": "x"}]})
    assert list(found(ledger).values()) == [(REFERENCES,)]


def test_many_tasks_are_looked_through(ledger: Vespera) -> None:
    for number in range(1_100):
        ledger.tasks.create_task(f"T {number}", priority="low")
    last = capture(ledger, priority="someday").task_id
    assert set(found(ledger)) == {last}


def test_members_of_other_projects_learn_nothing(ledger: Vespera) -> None:
    ledger.call("project.create", CreateProject(project_id="lab"))
    mine = capture(ledger, project_id="lab").task_id
    capture(ledger)
    ledger.access.add_principal("bot")
    ledger.access.grant("bot", "file_context", project_id="lab")
    bot = Vespera(ledger.kernel, replace(ledger.caller, actor="bot", origin="rest"))
    assert set(found(bot, project_id="lab")) == {mine}
    for refused in (lambda: found(bot, project_id="web"), lambda: capture(bot, project_id="lab")):
        with pytest.raises(PermissionDenied):
            refused()


# ---------------------------------------------------------------- references


@given(st.lists(st.sampled_from(["a", "b.py", "..", ".", ""]), min_size=1, max_size=6).map("/".join))
def test_a_path_stays_within_and_is_as_short_as_can_be(path: str) -> None:
    try:
        short = check_file(path)
    except InvalidInput:
        return
    assert not short.startswith(("/", "../"))
    assert check_file(short) == short
    assert mention(short).search(f"in {short}, say")
    assert [*places({REFERENCES: [{"file": path}]}, short)] == [None]
