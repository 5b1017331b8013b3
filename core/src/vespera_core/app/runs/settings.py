"""What a worker is told: which tasks it takes, what it runs on them, and within which limits."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vespera_core.app.runs.requests import Retry
from vespera_core.errors import InvalidInput, RoleFault
from vespera_core.model.record import record

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


@record(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Spans are seconds. `grace` is how long commands may go on once the worker has been told to end.

    `once` ends it after one run, `until_empty` when nothing is ready, nothing rests between two tries, and nothing of
    its own runs. With a `task_id` it runs that task alone, under the claim of `fence` where one is given.
    """

    command: tuple[str, ...]
    folder: Path
    executor: str = "command"
    task_id: str | None = None
    fence: int | None = None
    role: str | None = None
    project_id: str | None = None
    type: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    concurrency: int = 1
    lease_seconds: int = 60
    poll: float = 2.0
    grace: float = 30.0
    time_limit: float | None = None
    once: bool = False
    until_empty: bool = False
    retry: Retry = field(default_factory=Retry)


MAX_CONCURRENCY: Final = 256


def check_settings(settings: WorkerSettings) -> WorkerSettings:
    """Return them if a worker can keep to them. Raises InvalidInput."""
    if not 1 <= settings.concurrency <= MAX_CONCURRENCY:
        raise InvalidInput(f"A worker runs 1 to {MAX_CONCURRENCY} tasks at once.", field="concurrency")
    if settings.poll <= 0 or settings.grace < 0:
        raise InvalidInput("The pauses of a worker are above 0 seconds.", field="poll")
    if settings.time_limit is not None and settings.time_limit <= 0:
        raise InvalidInput("A time limit is above 0 seconds.", field="time_limit")
    return settings


def check_role(kernel: Kernel, role: str | None) -> None:
    """Raise UnknownRole or RoleFault for a role that no task can be worked on in, where tasks are held to roles."""
    if role is not None and (catalogue := kernel.roles.catalogue()).in_force:
        catalogue.get(role)


def time_limit(kernel: Kernel, settings: WorkerSettings, role: str | None) -> float | None:
    """How many seconds a command may take: what the worker was told, or the role's limit where that is less."""
    minutes = None if role is None else _minutes(kernel, role)
    limits = (settings.time_limit, None if minutes is None else 60.0 * minutes)
    return min((limit for limit in limits if limit is not None), default=None)


def _minutes(kernel: Kernel, role: str) -> int | None:
    catalogue = kernel.roles.catalogue()
    try:
        found = catalogue.find(role) if catalogue.in_force else None
    except RoleFault:  # it broke after the claim
        return None
    return None if found is None else found.restrictions.time_limit_minutes
