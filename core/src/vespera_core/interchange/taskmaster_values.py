"""What Task Master says of a task, in our fields."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.interchange.reading import NEVER, Notices, moment
from vespera_core.interchange.taskmaster_ids import Entry
from vespera_core.interchange.words import PRIORITY_WORDS, STATUS_WORDS, dashed, settle_closing, title_of
from vespera_core.model.basics import Micros, check_text

HOME: Final = "taskmaster"
"""The key of metadata for what has no field here."""

_CRITERIA: Final = ("acceptanceCriteria", "testStrategy")
_TIMES: Final = {
    "createdAt": "created_at", "updatedAt": "updated_at", "completedAt": "closed_at", "dueDate": "due_at",
}  # fmt: skip
_MAPPED: Final = frozenset({
    "id", "title", "description", "details", "status", "priority", "dependencies", "subtasks", *_CRITERIA, *_TIMES,
})  # fmt: skip


def fill(fields: dict[str, Any], entry: Entry, fallback: Micros) -> Notices:
    """Map one task or sub-task into `fields`; returns what is to be reported of it: (kind, message)."""
    raw, notices = entry.raw, Notices()
    extras = {key: value for key, value in raw.items() if key not in _MAPPED and value is not None}
    if str(extras.get("parentTaskId")) == entry.parent:
        del extras["parentTaskId"]  # the parent says it already
    fields["title"] = title_of(raw.get("title"))
    fields["description"] = _text(raw, "description")
    fields["notes"] = _text(raw, "details")
    fields["acceptance_criteria"] = "\n\n".join(text for key in _CRITERIA if (text := _text(raw, key)))
    fields["tags"] = (entry.tag.name,)
    _times(fields, entry)
    _status(fields, raw.get("status"), extras, notices)
    _priority(fields, raw.get("priority"), extras, notices)
    if "closed_at" in fields and fields["status"] not in ("completed", "cancelled"):
        extras["completedAt"] = raw["completedAt"]
    settle_closing(fields, fallback)
    fields["metadata"] = {HOME: {**extras, "tag": entry.tag.name, "id": raw["id"]}}
    if not isinstance(raw.get("subtasks"), list | None):
        raise InvalidInput("subtasks must be a list.", field="subtasks")
    return notices


def _text(raw: dict[str, Any], key: str) -> str:
    value = raw.get(key)
    return "" if value is None else check_text(key, value)


def _times(fields: dict[str, Any], entry: Entry) -> None:
    """The row's own times, and those of its tag where it has none: most tasks carry no time at all."""
    for key, name in _TIMES.items():
        if (value := entry.raw.get(key)) not in (None, ""):
            fields[name] = moment(value, key)
    for key, name in (("created", "created_at"), ("updated", "updated_at")):
        if name not in fields and (at := _tag_time(entry, key)) is not None:
            fields[name] = at
    if "created_at" in fields and fields.get("updated_at", NEVER) < fields["created_at"]:
        fields["updated_at"] = fields["created_at"]


def _tag_time(entry: Entry, key: str) -> Micros | None:
    try:
        return moment(entry.tag.metadata.get(key), key)
    except InvalidInput:  # only a stand-in for what the task does not say
        return None


def _status(fields: dict[str, Any], word: object, extras: dict[str, Any], notices: Notices) -> None:
    if word is None:
        word = "pending"
    if not isinstance(word, str):
        raise InvalidInput(f"status must be text, not {type(word).__name__}.", field="status")
    fields["status"] = STATUS_WORDS.get(dashed(word), "pending")
    if dashed(word) not in STATUS_WORDS:
        extras["status"] = word
        notices.append(("unknown_status", f"status {word!r} is unknown; it was taken for pending."))
    elif dashed(word) == "deferred":
        extras["status"] = word
        fields["defer_until"] = NEVER
        notices.append(("deferred_without_date", "deferred without a date: it stays deferred until one is given."))


def _priority(fields: dict[str, Any], word: object, extras: dict[str, Any], notices: Notices) -> None:
    if word in (None, ""):
        return
    if not isinstance(word, str):
        raise InvalidInput(f"priority must be text, not {type(word).__name__}.", field="priority")
    fields["priority"] = PRIORITY_WORDS.get(dashed(word), "normal")
    if dashed(word) not in PRIORITY_WORDS:
        extras["priority"] = word
        notices.append(("unknown_priority", f"priority {word!r} is unknown; it was taken for normal."))
