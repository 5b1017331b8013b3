"""Requests of this room: what is sought, and what else is asked of likeness."""

from __future__ import annotations

from vespera_core.app.requests import _Request
from vespera_core.model.basics import Micros
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class SearchTasks(_Request):
    """What to look for, with the filters of a list, and bounds on when a task was made or last changed.

    `mode` is ``hybrid`` (words and meaning), ``text`` (words alone) or ``semantic`` (meaning alone). `explain` asks for
    the parts of each score. `limit` 0 asks for everything that was found.
    """

    text: str
    mode: str = "hybrid"
    explain: bool = False
    project_id: str | None = None
    status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    role: str | None = None
    assignee: str | None = None
    tags: tuple[str, ...] = ()
    parent_id: str | None = None
    open: bool | None = None
    created_after: Micros | None = None
    created_before: Micros | None = None
    updated_after: Micros | None = None
    updated_before: Micros | None = None
    limit: int = 10
    cursor: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class Similar(_Request):
    """Tasks like this one, closed ones too unless `open` says otherwise."""

    task_id: str
    project_id: str | None = None
    open: bool | None = None
    limit: int = 5


@record(frozen=True, slots=True, kw_only=True)
class Duplicates(_Request):
    """Pairs that may be the same, of which at least one is open; with `closed`, pairs of closed ones too.

    `threshold` is the least likeness (cosine); None takes the workspace's own.
    """

    project_id: str | None = None
    closed: bool = False
    threshold: float | None = None
    limit: int = 50


@record(frozen=True, slots=True, kw_only=True)
class Cluster(_Request):
    """Groups of tasks: `count` of them, or with 0 as many as fit the tasks best."""

    count: int = 5
    project_id: str | None = None
    open: bool | None = None


@record(frozen=True, slots=True, kw_only=True)
class Recommend(_Request):
    """What the caller could take up next; `role` narrows it to what that role may do."""

    role: str | None = None
    project_id: str | None = None
    limit: int = 5


@record(frozen=True, slots=True, kw_only=True)
class Suggest(_Request):
    """The beginning of a query."""

    text: str = ""
    limit: int = 8


@record(frozen=True, slots=True, kw_only=True)
class Trends(_Request):
    """Two windows of so many days each: the last one, and the one before it."""

    days: int = 14
    project_id: str | None = None
    limit: int = 10


@record(frozen=True, slots=True, kw_only=True)
class Feedback(_Request):
    """Whether a task was a useful answer: to a query, or to the question what is like the task `like`."""

    task_id: str
    useful: bool
    query: str | None = None
    like: str | None = None
