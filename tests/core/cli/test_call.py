"""`call`: any operation by its name, from words or from JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vespera_core.app.inputs import json_of_words, request_of
from vespera_core.app.operations import builtin_operations
from vespera_core.app.requests import CreateTask, CreateTasks, ListTasks, Nothing
from vespera_core.errors import InvalidInput
from vespera_core.ports.operation import resolve


def test_words_and_json_make_the_same_request(v: Any) -> None:
    words = ("title=12", "priority=high", "tags=a", "tags=b", "estimate_minutes=90", 'metadata={"k":[1]}')
    made = v("call", "task.create", *words).data["task"]
    assert (made["title"], made["priority"], made["tags"], made["estimate_minutes"], made["metadata"]) == (
        "12", "high", ["a", "b"], 90, {"k": [1]},
    )  # fmt: skip
    body = {"title": "12", "priority": "high", "tags": ["a", "b"], "estimate_minutes": 90, "metadata": {"k": [1]}}
    again = v("call", "task.create", "--input", json.dumps(body)).data["task"]
    own = ("task_id", "created_at", "updated_at")
    assert {key: one for key, one in made.items() if key not in own} == {
        key: one for key, one in again.items() if key not in own
    }


def test_fields_come_on_top_of_what_a_file_says(v: Any, tmp_path: Any) -> None:
    (tmp_path / "in.json").write_text('{"title": "From a file", "type": "bug"}')
    made = v("call", "task.create", "title=Typed", "--input-file", str(tmp_path / "in.json")).data["task"]
    assert (made["title"], made["type"]) == ("Typed", "bug")


def test_a_key_keeps_a_repeated_call_from_doing_it_twice(v: Any) -> None:
    first, second = (v("call", "task.create", "title=Once", "--idempotency-key", "k").data["task"] for _ in range(2))
    assert first["task_id"] == second["task_id"]
    assert v("call", "task.list").data["total"] == 1


def test_without_a_name_it_lists_what_there_is(v: Any) -> None:
    listed = {one["name"]: one for one in v("call").data["operations"]}
    assert {one.name for one in builtin_operations()} <= set(listed)
    assert listed["task.create"]["kind"] == "write"


WRONG: dict[str, tuple[str, ...]] = {
    "operation": ("task.lst",), "field": ("task.list", "limt=1"), "type": ("task.list", "limit=x"),
    "missing": ("task.create",), "twice": ("task.create", "title=a", "title=b"), "no field": ("task.create", "title"),
    "null": ("task.create", "--input", '{"title": null}'), "not json": ("task.create", "--input", "{"),
    "both": ("task.create", "--input", "{}", "--input-file", "x"), "list": ("task.create", "--input", "[]"),
    "time": ("task.create", "title=a", "defer_until=soon"), "boolean": ("task.list", "--input", '{"limit": true}'),
    "deep": ("task.create", "--input", "[" * 100_000), "no time": ("task.create", "title=a", "defer_until="),
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_and_nothing_is_done(v: Any, words: tuple[str, ...]) -> None:
    refused = v("call", *words)
    assert refused.code in (2, 3)
    assert refused.error["code"] in ("invalid_input", "unknown_operation", "usage")
    assert v("call", "task.list").data["total"] == 0


def test_what_is_wrong_within_is_named_with_its_place() -> None:
    given = {"tasks": [{"title": "a"}, {"title": "b", "children": [{"titel": "c"}]}]}
    with pytest.raises(InvalidInput, match=r"'tasks\[1\]\.children\[0\]\.titel'; did you mean 'title'"):
        request_of(CreateTasks, given)
    with pytest.raises(InvalidInput, match=r"tags\[1\] must be text"):
        request_of(CreateTask, {"title": "a", "tags": ["b", 1]})


def test_nothing_that_was_not_said_is_in_a_request() -> None:
    assert request_of(ListTasks, {}) == ListTasks()
    assert request_of(Nothing, {}) == Nothing()
    assert json_of_words(ListTasks, []) == {}


def test_every_operation_that_ships_can_be_called() -> None:
    """Their inputs are of no type that cannot be read: garbage is refused in words, whatever the field."""
    for one in builtin_operations():
        kind = resolve(one.input)
        if kind.__dataclass_fields__:
            with pytest.raises(InvalidInput, match="must be"):
                request_of(kind, {name: object() for name in kind.__dataclass_fields__})
