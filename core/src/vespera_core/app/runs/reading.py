"""Looking at runs: one, many, and in figures."""

from __future__ import annotations

from collections import Counter
from statistics import median

from vespera_core.app.runs.answers import RunAnswer, RunFigures, RunsAnswer, RunStatistics
from vespera_core.app.runs.record import KIND, STATES, Run, as_seen, find_run, run_of, runs_of_task
from vespera_core.app.runs.requests import ListRuns, RunRef, StartRun
from vespera_core.app.session import Session
from vespera_core.model.basics import SECOND, check_choice
from vespera_core.model.query import TaskQuery, check_limit
from vespera_core.model.task import Task
from vespera_core.model.workflow import PENDING


def status(session: Session, request: RunRef) -> RunAnswer:
    """One run as it is now, with its task. Raises NotFound or AmbiguousId."""
    run = as_seen(session, [run_of(find_run(session, request.run_id))])[0]
    return RunAnswer(run=run, task=session.task(run.task_id, deleted=True))


def list_runs(session: Session, request: ListRuns) -> RunsAnswer:
    """Runs that fit, newest first. Raises InvalidInput or NotFound."""
    limit = check_limit(request.limit)
    found = _fitting(session, request)
    return RunsAnswer(runs=tuple(found[: limit or None]), total=len(found))


def statistics(session: Session, request: ListRuns) -> RunStatistics:
    """How runs went: figures of all that fit (`limit` does not count), and of each role."""
    check_limit(request.limit)
    found = _fitting(session, request)
    roles = sorted({run.role or "" for run in found})
    return RunStatistics(
        total=_figures("all", found),
        by_role=tuple(_figures(role, [run for run in found if (run.role or "") == role]) for role in roles),
    )


def is_resting(session: Session, request: StartRun) -> bool:
    """Whether a task that fits rests between two tries. Raises NotFound for an unknown project."""
    projects = None if request.project_id is None else (session.project(request.project_id).project_id,)
    query = TaskQuery(
        projects=projects, role=request.role, types=request.type, tags=request.tags, statuses=(PENDING,),
        waiting_at=session.now, limit=0, counted=False,
    )  # fmt: skip
    return any(
        task.defer_until is not None and task.defer_until > session.now and _rests(session, task)
        for task in session.reader.select(query).items
    )


def _rests(session: Session, task: Task) -> bool:
    runs = runs_of_task(session, task.task_id)
    return bool(runs) and run_of(runs[-1]).retry_at == task.defer_until


def _fitting(session: Session, request: ListRuns) -> list[Run]:
    for state in request.state:
        check_choice("state", state, STATES)
    owner = None if request.task_id is None else session.task(request.task_id, deleted=True).task_id
    project = None if request.project_id is None else session.project(request.project_id).project_id
    entities = session.reader.entities(KIND, project_id=project, owner=owner)
    runs = as_seen(session, [run_of(one) for one in entities])
    fits = [
        run for run in runs
        if (not request.state or run.state in request.state) and request.role in (None, run.role)
    ]  # fmt: skip
    return sorted(fits, key=lambda run: (-run.started_at, run.run_id))


def _figures(name: str, runs: list[Run]) -> RunFigures:
    times = [(run.ended_at - run.started_at) / SECOND for run in runs if run.ended_at is not None]
    return RunFigures(
        name=name, runs=len(runs), by_state=dict(sorted(Counter(run.state for run in runs).items())),
        repeats=sum(run.attempt > 1 for run in runs), median_seconds=median(times) if times else None,
    )  # fmt: skip
