"""Import of beads: ``.beads/issues.jsonl``, one issue a line."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.interchange.beads_words import (
    HOME,
    PARENT,
    STATUS_IN,
    STATUS_OUT,
    TEXTS,
    TIMES,
    UNLINKED,
    kind_in,
    kind_out,
    priority_in,
    status_in,
    type_in,
)
from vespera_core.interchange.lines import LinesSource
from vespera_core.interchange.reading import NEVER, Notices, check_row, is_id, moment
from vespera_core.interchange.words import list_of, settle_closing, tag_tuple
from vespera_core.model.basics import Micros, check_id
from vespera_core.ports.format import Comment, ImportRow

_TOMBSTONE: Final = "tombstone"
_NOTHING: Final = (None, "")
_ZERO_TIME: Final = "0001-01-01T00:00:00"
"""How Go writes a time that was never set."""

_MAPPED: Final = frozenset({
    "id", "status", "issue_type", "priority", "labels", "estimated_minutes", "dependencies", "comments", "metadata",
    UNLINKED,
})  # fmt: skip
"""Keys with a mapping of their own, beside `TEXTS` and `TIMES`. All others are kept in metadata."""

_TEXTS: Final = frozenset(TEXTS)
_TIMES: Final = frozenset(TIMES)


class BeadsSource(LinesSource):
    """Issues of beads as tasks. Tombstones are skipped and counted, but their ids are taken."""

    def _row(self, data: dict[str, Any], where: str) -> ImportRow | None:
        task_id = data.get("id")
        if task_id is None:
            raise InvalidInput("it has no id.", field="id")
        if data.get("status") == _TOMBSTONE:
            self._claim(check_id("id", task_id))
            self._skip(_TOMBSTONE)
            return None
        row = ImportRow(where, {"task_id": task_id})
        notices = self._fill(row, data)
        check_row(row)
        self._claim(task_id)
        self._report_all(where, notices)
        return row

    def _fill(self, row: ImportRow, data: dict[str, Any]) -> Notices:
        """Map one issue into `row`; returns what is to be reported of it: (kind, message)."""
        fields, extras = row.fields, _plain_fields(row.fields, data)
        if "title" not in fields:
            raise InvalidInput("it has no title.", field="title")
        notices = Notices()
        if (priority := data.get("priority")) is not None:
            fields["priority"] = priority_in(priority)
        if (issue_type := data.get("issue_type")) not in _NOTHING:
            fields["type"] = type_in(issue_type)
            if fields["type"] != issue_type:
                extras["issue_type"] = issue_type
        _status(fields, data, extras, notices)
        settle_closing(fields, self._closing)
        if data.get("dependencies") is not None or UNLINKED in data:
            _dependencies(row, data, extras, notices)
        _rest(row, data)
        _keep(fields, data.get("metadata"), extras)
        return notices


def _plain_fields(fields: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Fill in the fields that need no translation; returns what beads says that has no field here."""
    extras: dict[str, Any] = {}
    for key, value in data.items():
        if key in _TEXTS:
            if value and isinstance(value, str):
                fields[key] = value
            elif value not in _NOTHING:
                raise InvalidInput(f"{key} must be text, not {type(value).__name__}.", field=key)
        elif key in _TIMES:
            if (value or value not in _NOTHING) and (at := _time(value, key)) is not None:
                fields[key] = at
        elif key not in _MAPPED:
            extras[key] = value
    return extras


def _time(value: object, key: str) -> Micros | None:
    try:
        return moment(value, key)
    except InvalidInput:
        if isinstance(value, str) and value.startswith(_ZERO_TIME):
            return None
        raise


def _status(fields: dict[str, Any], data: dict[str, Any], extras: dict[str, Any], notices: Notices) -> None:
    word = "open" if data.get("status") in _NOTHING else data["status"]
    status = fields["status"] = status_in(word, closed="closed_at" in fields)
    if STATUS_OUT[status] != word:
        extras["status"] = word
    if word not in STATUS_IN:
        notices.append(("unknown_status", f"status {word!r} is not one of beads; it was taken for {status}."))
    elif word == "deferred" and "defer_until" not in fields:
        fields["defer_until"] = NEVER
        notices.append(("deferred_without_date", "deferred without a date: it stays deferred until one is given."))
    if status != "completed" and "closed_at" in fields:
        extras["closed_at"] = data["closed_at"]


def _dependencies(row: ImportRow, data: dict[str, Any], extras: dict[str, Any], notices: Notices) -> None:
    """Map dependencies, and keep of each what a relation cannot say: its original word, its time and its author."""
    records = [_record(entry) for entry in list_of(data.get(UNLINKED), UNLINKED)]
    for entry in list_of(data.get("dependencies"), "dependencies"):
        record = _record(entry)
        if message := _link(row, record):
            notices.append(("unlinked", message))
        if message or _tells_more(record, row.parents):
            records.append(record)
    row.parents[:] = dict.fromkeys(row.parents)
    row.relations[:] = dict.fromkeys(row.relations)
    if records:  # in an order of their own, so that an export and import keep it
        extras["dependencies"] = sorted(records, key=lambda record: (record["type"], record["depends_on_id"]))


def _record(entry: object) -> dict[str, Any]:
    if not isinstance(entry, dict) or not isinstance(entry.get("depends_on_id"), str):
        raise InvalidInput("a dependency is an object with issue_id, depends_on_id and type.", field="dependencies")
    kind_in(entry.get("type"))
    return dict(entry)


def _link(row: ImportRow, record: dict[str, Any]) -> str | None:
    """Add a dependency to `row`; returns why it cannot be, where it cannot."""
    owner, target, kind = record.pop("issue_id", None), record["depends_on_id"], record["type"]
    if owner is not None and owner != row.fields["task_id"]:
        record["issue_id"] = owner
        return f"a dependency of {owner!r} stands in the row of {row.fields['task_id']}; it was left out."
    if not is_id(target):
        return f"the dependency on {target!r} leads out of this file; it was left out."
    if kind == PARENT:
        row.parents.append(_other(row, target))
    else:
        row.relations.append((kind_in(kind), _other(row, target)))
    return None


def _other(row: ImportRow, target: str) -> str:
    if target == row.fields["task_id"]:
        raise InvalidInput(f"{target} cannot relate to itself.", field="dependencies")
    return target


def _tells_more(record: dict[str, Any], parents: list[str]) -> bool:
    """Whether a dependency says more than the relation made of it, which the writer could not guess."""
    if len(record) > 2:
        return True
    kind = record["type"]
    return bool(record["depends_on_id"] != parents[0]) if kind == PARENT else kind_out(kind_in(kind)) != kind


def _rest(row: ImportRow, data: dict[str, Any]) -> None:
    if (labels := data.get("labels")) is not None:
        row.fields["tags"] = tag_tuple(list_of(labels, "labels"))
    if (minutes := data.get("estimated_minutes")) is not None:
        row.fields["estimate_minutes"] = minutes
    if (comments := data.get("comments")) is not None:
        row.comments.extend(_comment(entry) for entry in list_of(comments, "comments"))


def _comment(entry: object) -> Comment:
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise InvalidInput("a comment is an object with author, text and created_at.", field="comments")
    author = entry.get("author") or ""
    if not isinstance(author, str):
        raise InvalidInput(f"a comment's author must be text, not {type(author).__name__}.", field="comments")
    return Comment(moment(entry.get("created_at"), "a comment's created_at"), author, entry["text"])


def _keep(fields: dict[str, Any], own: object, extras: dict[str, Any]) -> None:
    """Put what has no field into metadata: the issue's own metadata as it is, all else under `HOME`."""
    metadata: dict[str, Any] = {}
    if isinstance(own, dict) and not (extras and HOME in own):
        metadata.update(own)
    elif own is not None:
        extras["metadata"] = own
    if extras:
        metadata[HOME] = extras
    if metadata:
        fields["metadata"] = metadata
