"""Requests of this room: questions about how tasks hang together, and about the plan that follows from it.

Ids may be unique prefixes. `project_id` narrows an answer to a project, for plans with what it waits for elsewhere.
`hours_per_day` is the share of each day that is worked: it turns minutes of work into dates.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from vespera_core.app.requests import _Request
from vespera_core.model.basics import Micros
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class InProject(_Request):
    """A project, or everything."""

    project_id: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class FindPaths(_Request):
    """Chains between two tasks, whichever waits for the other, up to `limit` of them."""

    first: str
    second: str
    limit: int = 10


@record(frozen=True, slots=True, kw_only=True)
class AskImpact(_Request):
    """What would follow if a task took `delay_minutes` longer, were completed now, or were deleted.

    Where none of the three is asked for, all are, with a delay of one day.
    """

    task_id: str
    delay_minutes: int | None = None
    complete: bool = False
    delete: bool = False
    project_id: str | None = None
    hours_per_day: float = 24.0


@record(frozen=True, slots=True, kw_only=True)
class FindBottlenecks(_Request):
    """Where work waits: up to `limit` tasks, and all roles and people."""

    project_id: str | None = None
    limit: int = 10


@record(frozen=True, slots=True, kw_only=True)
class AskWaves(_Request):
    """What can run at the same time, and how long it takes with 1 to `max_agents` agents."""

    project_id: str | None = None
    max_agents: int = 8


@record(frozen=True, slots=True, kw_only=True)
class AskWhatIf(_Request):
    """Changes to be tried: objects with `kind`, `task_id` and what the kind takes. Nothing is written."""

    changes: tuple[dict[str, Any], ...]
    project_id: str | None = None
    hours_per_day: float = 24.0


@record(frozen=True, slots=True, kw_only=True)
class AskForecast(_Request):
    """When open work will be over, by `samples` drawn runs; the same `seed` draws the same.

    `agents` work at once (None: as many as there is work for), at most `capacities[role]` of them in a role.
    """

    project_id: str | None = None
    agents: int | None = 1
    capacities: dict[str, int] = field(default_factory=dict)
    samples: int = 1_000
    seed: int = 0
    hours_per_day: float = 24.0
    max_agents: int = 8


@record(frozen=True, slots=True, kw_only=True)
class AskBackTest(_Request):
    """How good forecasts would have been at `cuts` moments of the past.

    Without `agents`, each supposes as many as were at work then.
    """

    project_id: str | None = None
    cuts: int = 9
    agents: int | None = None
    samples: int = 200
    seed: int = 0
    hours_per_day: float = 24.0


@record(frozen=True, slots=True, kw_only=True)
class AskTimeline(_Request):
    """Tasks on the calendar, open ones as so many agents would work on them."""

    project_id: str | None = None
    agents: int | None = 1
    capacities: dict[str, int] = field(default_factory=dict)
    hours_per_day: float = 24.0


@record(frozen=True, slots=True, kw_only=True)
class AskGraph(_Request):
    """A question in the graph back end's own language, which only reads; at most `limit` rows are answered."""

    text: str
    parameters: dict[str, Any] = field(default_factory=dict)
    limit: int = 1_000


@record(frozen=True, slots=True, kw_only=True)
class AskPicture(_Request):
    """A part of the graph to be drawn, of at most `limit` tasks.

    Open tasks, or with `closed` all; those at most `hops` arrows away from a task, where `around` names one.
    """

    project_id: str | None = None
    around: str | None = None
    hops: int = 2
    closed: bool = False
    limit: int = 200


@record(frozen=True, slots=True, kw_only=True)
class AskHealth(_Request):
    """The health of a project, or of everything; work in progress is stale after so many days."""

    project_id: str | None = None
    stale_days: int = 7


@record(frozen=True, slots=True, kw_only=True)
class AskBurnUp(_Request):
    """Scope and done over time, by ``day`` or ``week``."""

    project_id: str | None = None
    period: str = "day"


@record(frozen=True, slots=True, kw_only=True)
class AskInsights(_Request):
    """What is worth knowing about a project, or about everything; changes since a moment, by default a week ago."""

    project_id: str | None = None
    since: Micros | None = None
