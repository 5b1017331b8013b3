"""The task: the ledger's unit of work, with the relations that start at it.

A `Task` is a value. Changing one means making another with `evolve`; only a store's unit of work makes it a fact.
"""

from __future__ import annotations

from dataclasses import field
from operator import attrgetter
from typing import Any, Final, NamedTuple, Self

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import (
    EARLIEST,
    EPOCH,
    LATEST,
    MAX_TITLE,
    MAX_WORD,
    Micros,
    check_choice,
    check_id,
    check_json,
    check_moment,
    check_text,
    check_word,
)
from vespera_core.model.record import record
from vespera_core.model.sensitive import check_stored

PRIORITIES: Final = ("critical", "high", "normal", "low", "someday")
"""Most urgent first; P0 to P4 are other names for them."""

TYPES: Final = ("task", "bug", "feature", "epic", "chore", "decision")
"""The types that ship; any other plain word is a custom type."""

DEPENDS_ON: Final = "depends_on"
CHILD_OF: Final = "child_of"
"""Not a stored relation: how readers of the graph name the edge from a child to its parent."""

RELATION_KINDS: Final = (DEPENDS_ON, "relates_to", "duplicate_of", "supersedes", "discovered_from")
"""The kinds that ship; only `depends_on` blocks. Any other plain word is a custom kind that links and never blocks."""

HOLD_KINDS: Final = ("worker", "human")
MAX_TAGS: Final = 100
MAX_REASON: Final = 10_000
MAX_RELATIONS: Final = 10_000


class Relation(NamedTuple):
    """A typed arrow from the task that holds it to `target`."""

    kind: str
    target: str


@record(frozen=True, slots=True)
class Task:
    """One task as it stands. Times are `Micros`; text is verbatim; None means "not set".

    `fence` rises with every claim. `version` rises with every event of the task; `hold_kind`, `lease_owner`,
    `lease_until` and `lease_seconds` describe the present hold, where a worker's lease ends and a person's hold does
    not. `relations` are sorted.
    """

    task_id: str
    project_id: str
    title: str
    description: str = ""
    type: str = "task"
    status: str = "pending"
    priority: str = "normal"
    parent_id: str | None = None
    role: str | None = None
    assignee: str | None = None
    acceptance_criteria: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    due_at: Micros | None = None
    defer_until: Micros | None = None
    estimate_minutes: int | None = None
    external_ref: str | None = None
    block_reason: str | None = None
    close_reason: str | None = None
    created_at: Micros = EPOCH
    created_by: str = ""
    updated_at: Micros = EPOCH
    started_at: Micros | None = None
    closed_at: Micros | None = None
    closed_by: str | None = None
    deleted_at: Micros | None = None
    delete_batch: str | None = None
    hold_kind: str | None = None
    lease_owner: str | None = None
    lease_until: Micros | None = None
    lease_seconds: int | None = None
    fence: int = 0
    checkpoint: dict[str, Any] | None = None
    version: int = 1
    relations: tuple[Relation, ...] = ()

    @property
    def depends_on(self) -> tuple[str, ...]:
        """Ids of the tasks that must be closed before this one is ready."""
        return tuple(relation.target for relation in self.relations if relation.kind == DEPENDS_ON)

    @property
    def open(self) -> bool:
        """Neither closed (completed, cancelled or a custom closed status) nor deleted."""
        return self.closed_at is None and self.deleted_at is None

    def evolve(self, **changes: Any) -> Self:
        """The same task with other values in some fields."""
        values = dict(zip(FIELDS, _VALUES(self), strict=True))
        values.update(changes)
        return type(self)(**values)


FIELDS: Final = tuple(Task.__dataclass_fields__)
_VALUES: Final = attrgetter(*FIELDS)
TIME_FIELDS: Final = tuple(name for name, spec in Task.__dataclass_fields__.items() if "Micros" in str(spec.type))
_TIMES: Final = attrgetter(*TIME_FIELDS)
VOLATILE_FIELDS: Final = frozenset({"lease_until"})
"""Renewed by heartbeats without an event: outside version, digest and replay."""

DEFAULTS: Final = {
    name: spec.default
    for name, spec in Task.__dataclass_fields__.items()
    if name not in ("metadata", "task_id", "project_id", "title")
} | {"metadata": {}}

EDITABLE_FIELDS: Final = frozenset({
    "title", "description", "type", "priority", "role", "assignee", "acceptance_criteria", "notes", "tags", "metadata",
    "due_at", "defer_until", "estimate_minutes", "external_ref", "block_reason", "close_reason", "parent_id", "status",
})  # fmt: skip
"""What an update may set; the rest follows from operations."""

_TEXTS: Final = ("description", "acceptance_criteria", "notes")
_REASONS: Final = ("block_reason", "close_reason")
_WORDS: Final = ("role", "assignee", "external_ref")


def check_task(task: Task) -> None:
    """Raise InvalidInput for the first field whose value no store may hold. Every write passes here once."""
    check_id("task_id", task.task_id)
    check_text("title", task.title, MAX_TITLE, empty=False)
    if task.type not in TYPES:
        check_word("type", task.type)
    check_word("status", task.status)
    check_choice("priority", task.priority, PRIORITIES)
    _check_texts(task)
    _check_times(task)
    if task.checkpoint is not None:
        check_json("checkpoint", task.checkpoint)
    if task.tags:
        _check_tags(task.tags)
    if task.metadata or not isinstance(task.metadata, dict):
        _check_metadata(task.metadata)
    if task.estimate_minutes is not None:
        _check_estimate(task.estimate_minutes)
    if task.relations:
        _check_relations(task)


def _check_texts(task: Task) -> None:
    for name in _TEXTS:
        if (value := getattr(task, name)) or not isinstance(value, str):
            check_text(name, value)
    for name in _REASONS:
        if (value := getattr(task, name)) is not None:
            check_text(name, value, MAX_REASON)
    for name in _WORDS:
        if (value := getattr(task, name)) is not None:
            check_text(name, value, MAX_WORD, empty=False)


def _check_times(task: Task) -> None:
    for value in _TIMES(task):
        if value is not None and not (type(value) is int and EARLIEST <= value <= LATEST):
            for name in TIME_FIELDS:
                if getattr(task, name) is value:
                    check_moment(name, value)


def _check_tags(tags: tuple[str, ...]) -> None:
    if len(tags) > MAX_TAGS:
        raise InvalidInput(f"A task carries at most {MAX_TAGS} tags; {len(tags)} were given.", field="tags")
    for tag in tags:
        check_text("tag", tag, MAX_WORD, empty=False)
    if len(set(tags)) != len(tags):
        raise InvalidInput("The same tag was given twice.", field="tags")


def _check_metadata(metadata: dict[str, Any]) -> None:
    if not isinstance(metadata, dict):
        raise InvalidInput("metadata must be a JSON object.", field="metadata")
    check_stored(metadata)
    check_json("metadata", metadata)


def _check_estimate(minutes: object) -> None:
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 0 <= minutes <= 52_560_000:
        raise InvalidInput(
            f"estimate_minutes must be a whole number of minutes, 0 or more; got {minutes!r}.", field="estimate_minutes"
        )


def _check_relations(task: Task) -> None:
    if len(task.relations) > MAX_RELATIONS:
        raise InvalidInput(f"A task holds at most {MAX_RELATIONS:,} relations.", field="relations")
    for kind, target in task.relations:
        check_word("relation kind", kind)
        check_id("relation target", target)
        if target == task.task_id:
            raise InvalidInput(f"{task.task_id} cannot relate to itself ({kind}).", field="relations")


def parse_priority(value: object) -> str:
    """Read ``high``, ``1`` or ``P1``."""
    word = str(value).strip().lower()
    digit = word.removeprefix("p")
    if digit.isdecimal() and digit.isascii() and int(digit) < len(PRIORITIES):
        return PRIORITIES[int(digit)]
    return check_choice("priority", word, PRIORITIES)
