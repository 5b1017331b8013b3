"""Answers of this room."""

from __future__ import annotations

from vespera_core.app.runs.record import Run
from vespera_core.model.basics import Micros
from vespera_core.model.record import record
from vespera_core.model.task import Task


@record(frozen=True, slots=True, kw_only=True)
class StartedRun:
    """The run that was started, with its task, the fence of its claim and the end of its lease; None: nothing is ready.

    `briefing` is there where the caller is to do the work itself.
    """

    run: Run | None = None
    task: Task | None = None
    fence: int | None = None
    lease_until: Micros | None = None
    briefing: str = ""


@record(frozen=True, slots=True, kw_only=True)
class RunAnswer:
    """One run, with its task as it is now."""

    run: Run
    task: Task


@record(frozen=True, slots=True, kw_only=True)
class RunsAnswer:
    """Runs, newest first, and how many fit in all."""

    runs: tuple[Run, ...]
    total: int


@record(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """Runs of one group: how many ended in which state, how many were repeats, and their median time in seconds."""

    name: str
    runs: int
    by_state: dict[str, int]
    repeats: int
    median_seconds: float | None


@record(frozen=True, slots=True, kw_only=True)
class RunStatistics:
    """Figures of all runs that fit, and of each role among them."""

    total: RunFigures
    by_role: tuple[RunFigures, ...]
