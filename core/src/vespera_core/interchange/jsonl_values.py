"""Values of our own format, from JSON to what `Task` and `Project` hold. Only exact types pass."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.interchange.jsonl_words import (
    NULLABLE,
    NUMBERS,
    OBJECTS,
    PROJECT_DEFAULTS,
    PROJECT_TIMES,
    TASK_NAMES,
    TASK_TIMES,
)
from vespera_core.interchange.reading import check_row, moment
from vespera_core.interchange.words import list_of, tag_tuple
from vespera_core.model.basics import MAX_WORD, check_choice, check_id, check_text, check_word
from vespera_core.model.project import Project, check_project
from vespera_core.model.task import HOLD_KINDS
from vespera_core.model.workflow import PENDING, STATUSES
from vespera_core.ports.format import Comment, ImportRow

_LARGEST: Final = 2**63 - 1
_COMMENT: Final = {"at", "actor", "text"}
_NO_TEXT: Final = TASK_TIMES | NUMBERS | OBJECTS | {"tags"}
"""Fields that text alone does not fill."""

_TASK_NAMES: Final = frozenset(TASK_NAMES)
_ELSEWHERE: Final = {"relations", "parent_id", "version", "comments"}
"""What a row carries beside its fields."""


def task_row(facts: object, where: str) -> ImportRow:
    """The row that the facts of one task make; raises InvalidInput for the first that is wrong."""
    facts = _facts(facts, _TASK_NAMES | {"comments"}, ("task_id", "project_id", "title"))
    fields = {name: value if type(value) is str and name not in _NO_TEXT else _value(name, value, TASK_TIMES)
              for name, value in facts.items() if name not in _ELSEWHERE}  # fmt: skip
    row = ImportRow(where, fields)
    if len(fields) < len(facts):
        _beside(row, facts)
    _check_state(fields)
    check_id("project_id", fields["project_id"])
    return check_row(row)


def _beside(row: ImportRow, facts: dict[str, Any]) -> None:
    if (version := facts.get("version")) is not None:
        row.version = _number("version", version, 1)
    if (parent := facts.get("parent_id")) is not None:
        row.parents.append(check_id("parent_id", parent))
    row.relations.extend(_relation(entry) for entry in list_of(facts.get("relations"), "relations"))
    if row.fields["task_id"] in (parent, *(target for _, target in row.relations)):
        raise InvalidInput(f"{row.fields['task_id']} cannot relate to itself.", field="relations")
    row.comments.extend(_comment(entry) for entry in list_of(facts.get("comments"), "comments"))


def project_from(facts: object) -> Project:
    """The project that the facts of one line make; raises InvalidInput for the first that is wrong."""
    facts = _facts(facts, PROJECT_DEFAULTS.keys(), ("project_id", "name"))
    project = Project(**{name: _value(name, value, PROJECT_TIMES) for name, value in facts.items()})
    check_project(project)
    check_text("created_by", project.created_by, MAX_WORD)
    return project


def _facts(facts: object, known: Any, needed: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(facts, dict):
        raise InvalidInput(f"an object was expected, not {type(facts).__name__}.")
    if not facts.keys() <= known:
        raise InvalidInput(f"unknown field: {', '.join(sorted(facts.keys() - known))}.")
    for name in needed:
        if facts.get(name) is None:
            raise InvalidInput(f"it has no {name}.", field=name)
    return facts


def _value(name: str, value: Any, times: frozenset[str]) -> Any:
    """One value as a `Task` or `Project` holds it."""
    if value is None and name in NULLABLE:
        return None
    if name in times:
        return moment(value, name)
    if name in NUMBERS:
        return _number(name, value)
    if name in OBJECTS:
        return _object(name, value)
    if name == "tags":
        return _tags(value)
    if not isinstance(value, str):
        raise InvalidInput(f"{name} must be text, not {type(value).__name__}.", field=name)
    return value


def _number(name: str, value: object, least: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _LARGEST:
        raise InvalidInput(f"{name} must be a whole number from {least}, not {value!r}.", field=name)
    return value


def _object(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{name} must be an object, not {type(value).__name__}.", field=name)
    return value


def _tags(value: object) -> tuple[str, ...]:
    entries = list_of(value, "tags")
    tags = tag_tuple(entries)
    if len(tags) != len(entries):
        raise InvalidInput("tags holds an empty tag, or one twice.", field="tags")
    return tags


def _relation(entry: object) -> tuple[str, str]:
    if not isinstance(entry, list) or len(entry) != 2:
        raise InvalidInput("a relation is a pair: its kind and its target.", field="relations")
    return check_word("relation kind", entry[0]), check_id("relation target", entry[1])


def _comment(entry: object) -> Comment:
    if not isinstance(entry, dict) or entry.keys() != _COMMENT:
        raise InvalidInput("a comment is an object with at, actor and text.", field="comments")
    for name in ("actor", "text"):
        if not isinstance(entry[name], str):
            raise InvalidInput(f"a comment's {name} must be text.", field="comments")
    return Comment(moment(entry["at"], "a comment's at"), entry["actor"], entry["text"])


def _check_state(fields: dict[str, Any]) -> None:
    status = str(fields.get("status", PENDING))
    if status in STATUSES and (STATUSES[status] == "closed") != (fields.get("closed_at") is not None):
        raise InvalidInput(f"status {status} and closed_at do not fit together.", field="closed_at")
    if fields.get("hold_kind") is not None:
        check_choice("hold_kind", fields["hold_kind"], HOLD_KINDS)
