"""Task Master's numbers as ids, and its words as fields."""

from __future__ import annotations

from typing import Any

import pytest

from vespera_core.errors import InvalidImport
from vespera_core.interchange.reading import NEVER
from vespera_core.model.times import parse_moment

TAG = {"metadata": {"created": "2026-01-01T00:00:00Z", "updated": "2026-02-01T00:00:00Z"}}


def task(number: Any, **more: Any) -> dict[str, Any]:
    return {"id": number, "title": f"Task {number}", **more}


@pytest.fixture
def source(source_of: Any) -> Any:
    def make(*tasks: Any, skip: bool = False, tag: str = "main") -> Any:
        return source_of("taskmaster", {tag: {"tasks": list(tasks), **TAG}}, skip=skip)

    return make


def targets(source: Any) -> dict[str, list[str]]:
    return {row.fields["task_id"]: [target for _, target in row.relations] for row in source.rows()}


def test_ids_and_parents(source: Any) -> None:
    rows = list(source(task(5, subtasks=[task(2), task("5.3")]), task("6")).rows())
    assert [(row.fields["task_id"], row.parents) for row in rows] == [
        ("main-5", []), ("main-5.2", ["main-5"]), ("main-5.3", ["main-5"]), ("main-6", []),
    ]  # fmt: skip


def test_repeated_ids_are_numbered_in_file_order(source: Any) -> None:
    got = source(task(5, subtasks=[task(1), task(1), task(1)]), task(5, subtasks=[task(2)]))
    assert [(row.fields["task_id"], row.parents) for row in got.rows()] == [
        ("main-5", []), ("main-5.1", ["main-5"]), ("main-5.1~2", ["main-5"]), ("main-5.1~3", ["main-5"]),
        ("main-5~2", []), ("main-5.2", ["main-5~2"]),
    ]  # fmt: skip
    assert [problem.kind for problem in got.problems] == ["repeated_id"] * 3


def test_dependencies_of_tasks(source: Any) -> None:
    got = source(task(1), task(2, dependencies=[1, "1", "1.4", 9]))
    assert targets(got)["main-2"] == ["main-1", "main-1.4", "main-9"]


def test_dependencies_of_sub_tasks_prefer_siblings(source: Any) -> None:
    subtasks = [task(1), task(2, dependencies=[1, "1", 3, 8, "4.1"])]
    got = targets(source(task(1), task(3), task(5, subtasks=subtasks)))
    assert got["main-5.2"] == ["main-5.1", "main-3", "main-5.8", "main-4.1"]


def test_dependencies_on_itself_or_on_nothing_are_reported(source: Any) -> None:
    got = source(task(1, dependencies=[1, "no such thing!"]))
    assert targets(got) == {"main-1": []}
    assert [problem.kind for problem in got.problems] == ["cycle", "unlinked"]


@pytest.mark.parametrize(
    ("word", "status"),
    [("done", "completed"), ("pending", "pending"), ("in-progress", "in_progress"), ("review", "in_review"),
     ("cancelled", "cancelled"), ("blocked", "blocked"), (None, "pending")],
)  # fmt: skip
def test_statuses(source: Any, word: str | None, status: str) -> None:
    got = source(task(1, status=word))
    (row,) = got.rows()
    assert (row.fields["status"], got.problems) == (status, [])
    closed = parse_moment("2026-02-01") if status in ("completed", "cancelled") else None
    assert row.fields.get("closed_at") == closed


def test_words_that_are_not_ours_are_kept_and_reported(source: Any) -> None:
    got = source(task(1, status="deferred"), task(2, status="paused", priority="vital"))
    one, two = got.rows()
    assert (one.fields["status"], one.fields["defer_until"]) == ("pending", NEVER)
    assert one.fields["metadata"]["taskmaster"]["status"] == "deferred"
    assert (two.fields["status"], two.fields["priority"]) == ("pending", "normal")
    assert two.fields["metadata"]["taskmaster"] == {"status": "paused", "priority": "vital", "tag": "main", "id": 2}
    assert [problem.kind for problem in got.problems] == ["deferred_without_date", "unknown_status", "unknown_priority"]


def test_fields(source: Any) -> None:
    texts = {"description": "d", "details": "n", "testStrategy": "t", "acceptanceCriteria": "c"}
    more = {"priority": "medium", "updatedAt": "2026-03-01T00:00:00Z", "complexity": 3, "dueDate": "2027-01-01"}
    (row, sub) = source(task(1, **texts, **more, subtasks=[task(1, parentTaskId=1, parentId="undefined")])).rows()
    assert row.fields == {
        "task_id": "main-1", "title": "Task 1", "description": "d", "notes": "n", "acceptance_criteria": "c\n\nt",
        "status": "pending", "priority": "normal", "tags": ("main",), "created_at": parse_moment("2026-01-01"),
        "updated_at": parse_moment("2026-03-01"), "due_at": parse_moment("2027-01-01"),
        "metadata": {"taskmaster": {"complexity": 3, "tag": "main", "id": 1}},
    }  # fmt: skip
    assert sub.fields["metadata"]["taskmaster"] == {"parentId": "undefined", "tag": "main", "id": 1}


def test_a_file_from_before_there_were_tags(source_of: Any) -> None:
    (row,) = source_of("taskmaster", {"tasks": [task(1)], "metadata": {}}).rows()
    assert row.fields["task_id"] == "master-1"


def test_a_tag_that_no_id_can_carry(source: Any) -> None:
    (row,) = source(task(1), tag="Feature / Ü x").rows()
    assert (row.fields["task_id"], row.fields["tags"]) == ("Feature-x-1", ("Feature / Ü x",))


BAD = [
    (7, "main task number 1 of the list: a task is an object"),
    ({"title": "x"}, "it has no id"),
    ({"id": 1}, "main task 1: it has no title"),
    ({"id": 1, "title": " "}, "title must not be empty"),
    ({"id": 1, "title": "x" * 501}, "title has 501 characters"),
    ({"id": True, "title": "x"}, "the id must be a number or text"),
    ({"id": 1, "title": "x", "details": 5}, "details must be text"),
    ({"id": 1, "title": "x", "status": 5}, "status must be text"),
    ({"id": 1, "title": "x", "dependencies": "1"}, "dependencies must be a list"),
    ({"id": 1, "title": "x", "dependencies": [{}]}, "a dependency must be a number or text"),
    ({"id": 1, "title": "x", "subtasks": 5}, "subtasks must be a list"),
    ({"id": 1, "title": "x", "updatedAt": "soon"}, "updatedAt 'soon' is not a time"),
    ({"id": 1, "title": "x\ud800"}, "lone surrogate"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_tasks(source: Any, bad: Any, message: str) -> None:
    with pytest.raises(InvalidImport, match=message):
        list(source(bad).rows())
    got = source(bad, task(8), skip=True)
    assert [row.fields["task_id"] for row in got.rows()] == ["main-8"]
    assert [problem.kind for problem in got.problems] == ["invalid"]


@pytest.mark.parametrize(
    ("text", "message"),
    [('{"a": {"tasks": [', "malformed JSON.* may be truncated"), ("[]", "holds an object"),
     ('{"a": 5}', "tag 'a' has no list of tasks"), (b"\xff{}", "byte 1 .* is not UTF-8"), ("", "malformed JSON"),
     ("[" * 100_000, "nested too deeply"), ('{"a": {"tasks": NaN}}', "NaN")],
)  # fmt: skip
def test_bad_files(source_of: Any, text: Any, message: str) -> None:
    with pytest.raises(InvalidImport, match=message):
        source_of("taskmaster", text)
