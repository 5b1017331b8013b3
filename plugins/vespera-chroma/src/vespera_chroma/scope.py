"""The filters of a query in the words of Chroma."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.errors import Unsupported
from vespera_core.model.query import TaskQuery
from vespera_core.ports.capabilities import FILTERS

MOST_CHOICES: Final = 500
"""How many values one filter may name; more than that is a matter for the exact index."""

_ALL: Final = TaskQuery()
_LISTS: Final = ("projects", "without_projects", "without_roles", "statuses", "types", "priorities", "tags")
_PLAIN: Final = ("role", "assignee", "parent_id", "open", "deleted", "sort", "cursor", "limit", "counted")
_BEYOND: Final = tuple(name for name in TaskQuery.__dataclass_fields__ if name not in (*_LISTS, *_PLAIN))


def is_empty(scope: TaskQuery | None) -> bool:
    """Whether nothing can fit: deleted tasks are never held."""
    return scope is not None and (scope.projects == () or scope.deleted)


def where_of(scope: TaskQuery | None) -> dict[str, Any] | None:
    """What Chroma is to filter by. Raises Unsupported for filters that depend on more than a row holds."""
    if scope is None:
        return None
    _refuse(scope)
    clauses = [*_choices(scope), *_values(scope)]
    if len(clauses) > 1:
        return {"$and": clauses}
    return clauses[0] if clauses else None


def _refuse(scope: TaskQuery) -> None:
    """A filter that is not known here is beyond a row, and so is one that the ledger learns later."""
    if names := [name for name in _BEYOND if getattr(scope, name) != getattr(_ALL, name)]:
        raise _refusal(f"Chroma does not filter by {', '.join(names)}.")


def _refusal(text: str) -> Unsupported:
    return Unsupported(text, next="Ask the exact index.", capability=FILTERS)


def _choices(scope: TaskQuery) -> list[dict[str, Any]]:
    lists = (
        ("project", "$in", scope.projects),
        ("project", "$nin", scope.without_projects),
        ("role", "$nin", scope.without_roles),
        ("status", "$in", scope.statuses),
        ("type", "$in", scope.types),
        ("priority", "$in", scope.priorities),
    )
    if any(choices and len(choices) > MOST_CHOICES for _, _, choices in lists):
        raise _refusal(f"Chroma filters by at most {MOST_CHOICES} values.")
    return [{name: {how: list(choices)}} for name, how, choices in lists if choices]


def _values(scope: TaskQuery) -> list[dict[str, Any]]:
    values = {"role": scope.role, "assignee": scope.assignee, "parent": scope.parent_id, "open": scope.open}
    exact: list[dict[str, Any]] = [{name: {"$eq": value}} for name, value in values.items() if value is not None]
    return exact + [{"tags": {"$contains": tag}} for tag in scope.tags]
