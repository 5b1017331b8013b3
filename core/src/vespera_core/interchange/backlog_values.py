"""What the front matter of Backlog.md says of a task, in our fields."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.interchange.backlog_text import scalar
from vespera_core.interchange.reading import Notices, moment
from vespera_core.interchange.words import PRIORITY_WORDS, STATUS_WORDS, dashed, settle_closing, tag_tuple, title_of
from vespera_core.model.basics import Micros

HOME: Final = "backlog"
"""The key of metadata for what has no field here."""

DRAFT: Final = "draft"

_TIMES: Final = {"created_date": "created_at", "updated_date": "updated_at", "completed_date": "closed_at"}
_TYPES: Final = {"enhancement": "feature"}
_MAPPED: Final = frozenset({
    "id", "title", "status", "priority", "type", "assignee", "reporter", "labels", "dependencies", "parent_task_id",
    *_TIMES,
})  # fmt: skip


def fill(fields: dict[str, Any], head: dict[str, Any], fallback: Micros, *, draft: bool) -> Notices:
    """Map one front matter into `fields`; returns what is to be reported of it: (kind, message)."""
    notices = Notices()
    extras = {key: value for key, value in head.items() if key not in _MAPPED and value is not None}
    title = head.get("title")
    fields["title"] = title_of(None if title is None else scalar("title", title))
    for key, name in _TIMES.items():
        if (value := head.get(key)) not in (None, ""):
            fields[name] = moment(value, key)
    _status(fields, head, extras, notices)
    _priority(fields, head, extras, notices)
    _people(fields, head, extras)
    _type(fields, head, extras)
    labels = texts("labels", head.get("labels"))
    draft = draft or dashed(str(head.get("status"))) == DRAFT
    fields["tags"] = tag_tuple([*labels, DRAFT] if draft else labels)
    if "closed_at" in fields and fields["status"] not in ("completed", "cancelled"):
        extras["completed_date"] = head["completed_date"]
    settle_closing(fields, fallback)
    if extras:
        fields["metadata"] = {HOME: extras}
    return notices


def texts(field: str, value: object) -> list[str]:
    """A list of texts; one text alone counts as a list of it, and nothing as an empty one."""
    if value in (None, ""):
        return []
    entries = value if isinstance(value, list) else [value]
    return [scalar(field, entry) for entry in entries if entry not in (None, "")]


def _status(fields: dict[str, Any], head: dict[str, Any], extras: dict[str, Any], notices: Notices) -> None:
    word = scalar("status", head.get("status") or "To Do")
    status = fields["status"] = STATUS_WORDS.get(dashed(word), "pending")
    if dashed(word) not in STATUS_WORDS:
        extras["status"] = word
        notices.append(("unknown_status", f"status {word!r} is unknown; it was taken for {status}."))


def _priority(fields: dict[str, Any], head: dict[str, Any], extras: dict[str, Any], notices: Notices) -> None:
    if (value := head.get("priority")) in (None, ""):
        return
    word = scalar("priority", value)
    fields["priority"] = PRIORITY_WORDS.get(dashed(word), "normal")
    if dashed(word) not in PRIORITY_WORDS:
        extras["priority"] = word
        notices.append(("unknown_priority", f"priority {word!r} is unknown; it was taken for normal."))


def _people(fields: dict[str, Any], head: dict[str, Any], extras: dict[str, Any]) -> None:
    """The first assignee has a field, and so has the reporter, who made the task; the others go with the extras."""
    if assignees := texts("assignee", head.get("assignee")):
        fields["assignee"] = assignees[0]
        if assignees[1:]:
            extras["other_assignees"] = assignees[1:]
    if reporters := texts("reporter", head.get("reporter")):
        fields["created_by"] = reporters[0]


def _type(fields: dict[str, Any], head: dict[str, Any], extras: dict[str, Any]) -> None:
    if (value := head.get("type")) in (None, ""):
        return
    word = scalar("type", value)
    fields["type"] = _TYPES.get(word.lower(), dashed(word))
    if not fields["type"]:
        raise InvalidInput(f"type {word!r} is not a word.", field="type")
    if fields["type"] != word:
        extras["type"] = word
