"""Reading: one task, pages of tasks, trees, the ready queue, and why the rest waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vespera_core.app.answers import (
    StatsAnswer,
    TaskDetail,
    TaskPage,
    TreeAnswer,
    TreeNode,
    WaitingPage,
    WaitingTask,
)
from vespera_core.app.requests import ListTasks, Nothing, ReadyTasks, TaskRef
from vespera_core.app.rules.reasons import inward_of, waits_for
from vespera_core.app.session import Session
from vespera_core.app.tasks.comments import comments
from vespera_core.app.tasks.deletion import branch
from vespera_core.model.query import EventQuery, Page, TaskQuery, check_limit, read_cursor, sort_fields
from vespera_core.model.task import CHILD_OF, DEPENDS_ON, Task, parse_priority


def get_task(session: Session, request: TaskRef) -> TaskDetail:
    """One task with what belongs to it."""
    task = session.task(request.task_id)
    inward = inward_of(session, task)
    reasons = tuple(waits_for(session, task, inward))
    return TaskDetail(
        task=task,
        ready=not reasons,
        waits_for=reasons,
        children=tuple(inward.live(CHILD_OF)),
        dependents=tuple(inward.live(DEPENDS_ON)),
        comments=tuple(comments(session.reader, task.task_id).get(task.task_id, ())),
    )


def task_query(session: Session, request: ListTasks) -> TaskQuery:
    """The query behind the filters of a list; raises for words that name nothing."""
    if request.project_id is not None:
        session.project(request.project_id)
    sort_fields(request.sort)
    if request.cursor is not None:
        read_cursor(request.cursor, request.sort)
    return TaskQuery(
        projects=None if request.project_id is None else (request.project_id,),
        statuses=_known_statuses(session, request),
        types=request.type,
        priorities=tuple(map(parse_priority, request.priority)),
        role=request.role,
        assignee=request.assignee,
        tags=request.tags,
        parent_id=None if request.parent_id is None else session.task(request.parent_id).task_id,
        open=request.open,
        deleted=request.deleted,
        sort=request.sort,
        cursor=request.cursor,
        limit=check_limit(request.limit),
    )


def _known_statuses(session: Session, request: ListTasks) -> tuple[str, ...]:
    """A misspelt status is an error, not an empty page."""
    if request.status:
        projects = session.reader.projects(None if request.project_id is None else (request.project_id,))
        flows = [session.workflow(project.project_id) for project in projects]
        for status in request.status:
            if flows and not any(status in flow.statuses for flow in flows):
                flows[0].category(status)
    return request.status


def list_tasks(session: Session, request: ListTasks) -> TaskPage:
    """A page of the tasks that fit the filters."""
    return _page(session.reader.select(task_query(session, request)))


def _page(page: Page[Task]) -> TaskPage:
    return TaskPage(page.items, page.total, page.next_cursor)


def ready_query(session: Session, request: ReadyTasks) -> TaskQuery:
    """The query behind the ready queue."""
    if request.project_id is not None:
        session.project(request.project_id)
    if request.cursor is not None:
        read_cursor(request.cursor, "priority")
    return TaskQuery(
        projects=None if request.project_id is None else (request.project_id,),
        without_projects=session.archived(),
        role=request.role,
        types=request.type,
        tags=request.tags,
        assignee=request.assignee,
        ready_at=session.now,
        limit=check_limit(request.limit),
        cursor=request.cursor,
    )


def ready(session: Session, request: ReadyTasks) -> TaskPage:
    """What can be worked on now, the most urgent first."""
    return _page(session.reader.select(ready_query(session, request)))


def blocked(session: Session, request: ListTasks) -> WaitingPage:
    """Open tasks that cannot be worked on yet, with the reasons."""
    from dataclasses import replace

    query = replace(task_query(session, request), open=True, waiting_at=session.now)
    page = session.reader.select(query)
    waiting = tuple(WaitingTask(task, tuple(waits_for(session, task))) for task in page.items)
    return WaitingPage(waiting, page.total, page.next_cursor)


def tree(session: Session, request: TaskRef) -> TreeAnswer:
    """A task and everything that hangs below it, deleted ones left out."""
    root = session.task(request.task_id)
    tasks = [task for task in branch(session, root) if task.deleted_at is None]
    children: dict[str, list[Task]] = {}
    for task in tasks[1:]:
        children.setdefault(str(task.parent_id), []).append(task)
    return TreeAnswer(_node(tasks, children))


def _node(tasks: Sequence[Task], children: dict[str, list[Task]]) -> TreeNode:
    """The tree of a list in which parents stand before children, built from the leaves up."""
    built: dict[str, TreeNode] = {}
    for task in reversed(tasks):
        below = tuple(built[child.task_id] for child in children.get(task.task_id, ()))
        built[task.task_id] = TreeNode(task, below)
    return built[tasks[0].task_id]


def stats(session: Session, _request: Nothing) -> StatsAnswer:
    """Counts of live tasks, and where the log stands."""
    tally = session.reader.tally()
    last = next(iter(session.reader.event_rows(EventQuery(newest_first=True, limit=1))), None)
    by_status = _summed((line.status, line.tasks) for line in tally)
    closed = sum(line.tasks for line in tally if session.workflow(line.project_id).category(line.status) == "closed")
    total = sum(line.tasks for line in tally)
    return StatsAnswer(
        total=total,
        open=total - closed,
        ready=ready(session, ReadyTasks(limit=1)).total,
        by_status=by_status,
        by_type=_summed((line.type, line.tasks) for line in tally),
        by_project=_summed((line.project_id, line.tasks) for line in tally),
        events=last.seq if last else 0,
    )


def _summed(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for key, count in pairs:
        sums[key] = sums.get(key, 0) + count
    return dict(sorted(sums.items()))
