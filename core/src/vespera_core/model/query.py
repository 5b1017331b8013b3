"""Queries: which tasks or events a reader asks for, and how a page of them comes back."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final, Generic, TypeVar

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import EARLIEST, LATEST, Micros
from vespera_core.model.jsontext import canonical, parse
from vespera_core.model.record import record
from vespera_core.model.task import PRIORITIES, Task

T = TypeVar("T")

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 1_000_000_000

SORTS: Final[dict[str, tuple[str, ...]]] = {
    "priority": ("priority", "created_at"),
    "created": ("created_at",),
    "updated": ("-updated_at",),
    "title": ("title",),
    "id": (),
}
"""Sort keys and the fields they order by; ``-`` means newest or largest first, and the id breaks every tie."""


@record(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which tasks, in which order. None and empty mean "whatever"; several filters narrow each other.

    `ready_at` keeps tasks that are ready at that moment; `waiting_at` keeps open tasks that could be worked on but for
    something they wait for at that moment; `held_at` keeps tasks on which a worker's lease lasts beyond that moment.
    The four bounds of time include an `after` and leave out a `before`. Without `counted` the page's total is left at
    0, which is cheaper.
    """

    projects: tuple[str, ...] | None = None
    without_projects: tuple[str, ...] = ()
    without_roles: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    role: str | None = None
    assignee: str | None = None
    tags: tuple[str, ...] = ()
    parent_id: str | None = None
    open: bool | None = None
    deleted: bool = False
    ready_at: Micros | None = None
    waiting_at: Micros | None = None
    held_at: Micros | None = None
    created_after: Micros | None = None
    created_before: Micros | None = None
    updated_after: Micros | None = None
    updated_before: Micros | None = None
    sort: str = "priority"
    cursor: str | None = None
    limit: int = DEFAULT_LIMIT
    counted: bool = True


@record(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Which events, oldest first unless `newest_first`.

    `after_seq` and `before_seq` leave out the named ones, `until` includes its moment; `limit` 0 asks for all.
    """

    entity: str | None = None
    project_id: str | None = None
    kinds: tuple[str, ...] = ()
    after_seq: int = 0
    before_seq: int | None = None
    until: Micros | None = None
    seq: int | None = None
    event_id: str | None = None
    newest_first: bool = False
    limit: int = 0


@record(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of the answers, how many there are in all, and where the next ones start (None: nowhere)."""

    items: tuple[T, ...]
    total: int
    next_cursor: str | None = None


def sort_fields(sort: str) -> tuple[tuple[str, bool], ...]:
    """(field, descending) pairs that `sort` orders by, the id last."""
    if sort not in SORTS:
        raise InvalidInput(f"sort {sort!r} is unknown; it is one of: {', '.join(SORTS)}.", field="sort")
    return (*((name.removeprefix("-"), name.startswith("-")) for name in SORTS[sort]), ("task_id", False))


def sort_key(task: Task, sort: str) -> list[Any]:
    """The values of one task that `sort` compares, as stores keep them."""
    return [
        PRIORITIES.index(task.priority) if name == "priority" else getattr(task, name) for name, _ in sort_fields(sort)
    ]


def cursor_after(task: Task, sort: str) -> str:
    """An opaque text that says "the page goes on after this task"."""
    return urlsafe_b64encode(canonical([sort, *sort_key(task, sort)]).encode()).decode().rstrip("=")


def read_cursor(cursor: str, sort: str) -> list[Any]:
    """The sort key behind a cursor; raises InvalidInput for a text that no page of this order has given out."""
    try:
        values = parse(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    except ValueError:
        values = None
    if not isinstance(values, list) or values[:1] != [sort] or not _fits(values[1:], sort):
        raise InvalidInput(
            "The cursor does not belong to this listing.", field="cursor", next="Start without a cursor."
        )
    return values[1:]


def _fits(values: list[Any], sort: str) -> bool:
    kinds = [str if name in ("title", "task_id") else int for name, _ in sort_fields(sort)]
    return len(values) == len(kinds) and all(_is_key(value, kind) for value, kind in zip(values, kinds, strict=True))


def _is_key(value: Any, kind: type[object]) -> bool:
    if kind is int:
        return type(value) is int and EARLIEST <= value <= LATEST
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


def check_limit(limit: object) -> int:
    """Return a page size: 0 for all."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 0 <= limit <= MAX_LIMIT:
        raise InvalidInput(f"limit must be a whole number up to {MAX_LIMIT:,}, or 0 for all.", field="limit")
    return limit
