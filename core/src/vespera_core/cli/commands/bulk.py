"""`create --stdin`: one JSON object a line becomes one task; all of them are made, or none."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, Final

import click

from vespera_core.app.requests import CreateTasks, PlannedTask
from vespera_core.cli import values
from vespera_core.cli.session import Run
from vespera_core.errors import InvalidInput

_NAMES: Final = {
    "id": "task_id", "parent": "parent_id", "project": "project_id", "labels": "tags", "issue_type": "type",
    "body": "description", "deps": "depends_on", "dependencies": "depends_on", "acceptance": "acceptance_criteria",
    "estimate": "estimate_minutes", "due": "due_at", "defer": "defer_until",
}  # fmt: skip
"""Other names for the keys of a line."""


def create_from_stdin(run: Run, title: str | None, words: dict[str, Any]) -> None:
    """Read, check and make; the answer lists the tasks in the order of their lines."""
    typed = ["TITLE"] if title is not None else []
    typed += ["--" + name.replace("_", "-") for name, value in words.items() if value and name != "project"]
    if typed:
        raise click.UsageError(f"With --stdin the tasks come from the lines alone, so {typed[0]} has no place.")
    text = values.decoded(sys.stdin.buffer.read(), "Standard input", "stdin")
    tasks = tuple(planned_lines(text, words["project"]))
    if not tasks:
        raise InvalidInput("Standard input holds no task.", field="stdin", next='Write lines such as {"title": "..."}.')
    answer = run.call("task.create_many", CreateTasks(tasks=tasks))
    run.show(
        answer, lambda made: f"Created {len(made.tasks):,} tasks: {made.tasks[0].task_id} to {made.tasks[-1].task_id}"
    )


def planned_lines(text: str, project: str | None) -> list[PlannedTask]:
    """The tasks of all lines. Raises InvalidInput, which names the line."""
    plans = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if line.strip():
            try:
                plans.append(planned(_parsed(line), project))
            except InvalidInput as error:
                details = {**error.details, "line": number}
                raise InvalidInput(f"Line {number}: {error.message}", next=error.next or _EXAMPLE, **details) from None
    return plans


_EXAMPLE: Final = 'Each line is an object such as {"id": "web-1", "title": "...", "depends_on": ["web-0"]}.'


def _parsed(line: str) -> Any:
    try:
        return json.loads(line, object_pairs_hook=_unique)
    except RecursionError:
        raise InvalidInput("it is nested too deep.") from None
    except ValueError as error:
        raise InvalidInput(f"it is not JSON: {error}.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidInput(f"the key {twice!r} stands in it twice.", key=twice)
    return found


def planned(data: Any, project: str | None = None) -> PlannedTask:
    """One object as a planned task; unknown keys and values of the wrong type are refused by name."""
    if not isinstance(data, dict):
        raise InvalidInput("a task is a JSON object.")
    fields: dict[str, Any] = {}
    for key, value in data.items():
        name = _NAMES.get(key) or str(key)
        reader = _READERS.get(name)
        if reader is None:
            raise InvalidInput(
                f"the key {key!r} is unknown.", key=key, next=f"Known keys: {', '.join([*_READERS, *_NAMES])}."
            )
        if name in fields:
            raise InvalidInput(f"{name} is given twice, the second time as {key!r}.", key=key)
        fields[name] = reader(key, value)
    if "title" not in fields:
        raise InvalidInput("a task needs a title.", field="title")
    given = {name: value for name, value in fields.items() if value is not None}
    return PlannedTask(**{"project_id": project, **given})


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(key, "text", value)
    return value


def _word(key: str, value: Any) -> str | None:
    return None if value is None else _text(key, value)


def _words(key: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong(key, "a list of texts", value)
    return tuple(value)


def _pairs(key: str, value: Any) -> tuple[tuple[str, str], ...]:
    """Relations as `show` prints them: objects with kind and task_id."""
    if not isinstance(value, list) or not all(
        isinstance(one, dict) and set(one) == {"kind", "task_id"} for one in value
    ):
        raise _wrong(key, 'a list of objects such as {"kind": "relates_to", "task_id": "web-1"}', value)
    return tuple((_text("kind", one["kind"]), _text("task_id", one["task_id"])) for one in value)


def _object(key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(key, "an object", value)
    return value


def _priority(key: str, value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _word(key, value)


def _moment(key: str, value: Any) -> int | None:
    return values.moment(_word(key, value), key)


def _minutes(key: str, value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return values.minutes(_word(key, value))


def _children(key: str, value: Any) -> tuple[PlannedTask, ...]:
    if not isinstance(value, list):
        raise _wrong(key, "a list of tasks", value)
    return tuple(planned(one) for one in value)


def _status(key: str, value: Any) -> str | None:
    return None if value is None else values.STATUS_WORDS.get(_text(key, value), value)


def _wrong(key: str, wanted: str, value: Any) -> InvalidInput:
    return InvalidInput(f"{key} must be {wanted}, not {type(value).__name__}.", key=key)


_READERS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "title": _text, "description": _word, "type": _word, "priority": _priority, "status": _status, "project_id": _word,
    "parent_id": _word, "depends_on": _words, "relations": _pairs, "role": _word, "assignee": _word,
    "acceptance_criteria": _word, "notes": _word, "tags": _words, "metadata": _object, "due_at": _moment,
    "defer_until": _moment, "estimate_minutes": _minutes, "external_ref": _word, "task_id": _word, "key": _word,
    "children": _children,
}  # fmt: skip
