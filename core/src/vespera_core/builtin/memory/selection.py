"""Selection: which rows of the memory store a query means, and in which order."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vespera_core.model.query import Page, TaskQuery, cursor_after, read_cursor, sort_fields, sort_key
from vespera_core.model.readiness import Readiness
from vespera_core.model.task import Task


def matches(query: TaskQuery, task: Task, state: Readiness) -> bool:
    """Whether a task is among those that `query` asks for, its page left aside."""
    return fits(query, task) and _is_due(query, state)


def fits(query: TaskQuery, task: Task) -> bool:
    """The same with readiness left aside: what the task itself tells."""
    return _in_scope(query, task) and _has_fields(query, task) and _is_of_time(query, task) and _is_held(query, task)


def _in_scope(query: TaskQuery, task: Task) -> bool:
    if query.projects is not None and task.project_id not in query.projects:
        return False
    if task.project_id in query.without_projects or task.role in query.without_roles:
        return False
    if (task.deleted_at is not None) != query.deleted:
        return False
    return query.open is None or query.open == (task.closed_at is None)


def _has_fields(query: TaskQuery, task: Task) -> bool:
    wanted = ((query.statuses, task.status), (query.types, task.type), (query.priorities, task.priority))
    if any(choices and value not in choices for choices, value in wanted):
        return False
    exact = ((query.role, task.role), (query.assignee, task.assignee), (query.parent_id, task.parent_id))
    if any(choice is not None and value != choice for choice, value in exact):
        return False
    return all(tag in task.tags for tag in query.tags)


def _is_of_time(query: TaskQuery, task: Task) -> bool:
    bounds = (
        (query.created_after, task.created_at, query.created_before),
        (query.updated_after, task.updated_at, query.updated_before),
    )
    return all((low is None or low <= at) and (high is None or at < high) for low, at, high in bounds)


def _is_held(query: TaskQuery, task: Task) -> bool:
    if query.held_at is None:
        return True
    return task.hold_kind == "worker" and task.lease_until is not None and task.lease_until > query.held_at


def _is_due(query: TaskQuery, state: Readiness) -> bool:
    if query.ready_at is not None and (state.ready_at is None or state.ready_at > query.ready_at):
        return False
    return query.waiting_at is None or is_waiting(state, query.waiting_at)


def is_waiting(state: Readiness, now: int) -> bool:
    """Whether an open task cannot be worked on at `now`, though nobody is working on it."""
    if state.category == "held":
        return True
    return state.category == "todo" and (state.ready_at is None or state.ready_at > now)


def _ordering(sort: str) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    descending = [flag for _, flag in sort_fields(sort)]
    return lambda key: tuple(-value if flag else value for value, flag in zip(key, descending, strict=True))


def page(found: Iterable[Task], query: TaskQuery) -> Page[Task]:
    """The page of `found` that the query's order, cursor and limit ask for."""
    order = _ordering(query.sort)
    ranked = sorted(found, key=lambda task: order(sort_key(task, query.sort)))
    total = len(ranked) if query.counted else 0
    if query.cursor is not None:
        start = order(read_cursor(query.cursor, query.sort))
        ranked = [task for task in ranked if order(sort_key(task, query.sort)) > start]
    items = tuple(ranked[: query.limit] if query.limit else ranked)
    more = len(ranked) > len(items)
    return Page(items, total, cursor_after(items[-1], query.sort) if more and items else None)


def words(text: str) -> list[str]:
    """The words of a text as search compares them: case and accents folded."""
    flat = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    return re.findall(r"\w+", flat.replace("_", " "))


def score(task: Task, terms: Sequence[str], *, every: bool) -> float:
    """How well a task's texts fit the terms, titles counting most; 0 where they do not."""
    title, body = words(task.title), words(f"{task.description} {task.acceptance_criteria} {task.notes}")
    hits = [4.0 * title.count(term) + body.count(term) for term in terms]
    if not any(hits) or (every and not all(hits)):
        return 0.0
    return sum(hits) / math.sqrt(1 + len(title) + len(body))
