"""The event: one line of the append-only log, sealed into its project's hash chain."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from vespera_core.model.basics import Micros
from vespera_core.model.jsontext import canonical
from vespera_core.model.record import record

GENESIS: Final = "0" * 64
"""What the first event of a chain names as its predecessor."""

TASK: Final = "task"
PROJECT: Final = "project"

ORIGINS: Final = ("cli", "python", "rest", "mcp", "worker", "import")


class EventDraft(NamedTuple):
    """What an operation says happened; the unit of work adds the rest when it seals it into the log."""

    kind: str
    project_id: str
    entity_type: str
    entity: str
    entity_version: int
    payload: dict[str, Any]


@record(frozen=True, slots=True)
class Event:
    """One sealed line of the log.

    `payload` holds the whole entity when it is created, later only ``changes`` (field: [old, new]) and the relations
    ``added`` and ``removed``; times in it are `Micros`. `context` says through what the change came: operation,
    request, result, and the client's address and user agent where there is one.
    """

    seq: int
    event_id: str
    at: Micros
    kind: str
    project_id: str
    entity_type: str
    entity: str
    entity_version: int
    actor: str
    origin: str
    context: dict[str, Any]
    payload: dict[str, Any]
    prev_hash: str
    hash: str


class EventRow(NamedTuple):
    """An event as stores keep it: JSON as text, columns in the order that the hash covers."""

    seq: int
    event_id: str
    at: int
    kind: str
    project_id: str
    entity_type: str
    entity: str
    entity_version: int
    actor: str
    origin: str
    context: str
    payload: str
    prev_hash: str
    hash: str


class Stamp(NamedTuple):
    """Who acts, through what: the same for every event of one unit of work."""

    actor: str
    origin: str
    context: str


def event_id(at: int) -> str:
    """A UUID of version 7 (RFC 9562, section 5.7) for the moment `at`: sorts by time, unique without coordination."""
    tail = bytearray(os.urandom(10))
    tail[0] = tail[0] & 0x0F | 0x70
    tail[2] = tail[2] & 0x3F | 0x80
    text = f"{at // 1000:012x}{tail.hex()}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def seal(draft: EventDraft, seq: int, at: int, stamp: Stamp, prev_hash: str) -> EventRow:
    """Give a draft its place in the log and its hash: SHA-256 over the canonical JSON of every other column."""
    body = (
        seq, event_id(at), at, draft.kind, draft.project_id, draft.entity_type, draft.entity, draft.entity_version,
        stamp.actor, stamp.origin, stamp.context, canonical(draft.payload), prev_hash,
    )  # fmt: skip
    return EventRow(*body, _hash(body))


def is_sealed(row: EventRow) -> bool:
    """Whether a line's hash fits its content."""
    return row.hash == _hash(tuple(row[:-1]))


def _hash(body: tuple[Any, ...]) -> str:
    from hashlib import sha256  # only writers pay for it

    return sha256(canonical(body).encode()).hexdigest()


def chain_faults(rows: Iterable[EventRow]) -> Iterator[str]:
    """Read a whole log in order of seq and say, line by line, where it was altered; nothing for an intact log."""
    heads: dict[str, str] = {}
    expected, last_at = 1, 0
    for row in rows:
        if row.seq != expected:
            yield f"event {expected} is missing: {row.seq} comes next"
        if row.at < last_at:
            yield f"event {row.seq} is older than the one before it"
        if row.prev_hash != heads.get(row.project_id, GENESIS):
            yield f"event {row.seq} does not follow its predecessor in project {row.project_id!r}"
        if not is_sealed(row):
            yield f"event {row.seq} was altered: its hash does not fit its content"
        expected, last_at = row.seq + 1, row.at
        heads[row.project_id] = row.hash
