"""Facets: how many of the candidates there are of each kind, so that a search can be narrowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from vespera_core.model.task import Task

_FIELDS: Final = {
    "project": "project_id", "status": "status", "type": "type", "priority": "priority", "role": "role",
}  # fmt: skip
MOST: Final = 20
"""Values of a facet that are told, the most frequent ones."""


def facets(tasks: Iterable[Task]) -> dict[str, dict[str, int]]:
    """Counts by project, status, type, priority, role and tag, the largest first."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*_FIELDS, "tag")}
    for task in tasks:
        for name, field in _FIELDS.items():
            if (value := getattr(task, field)) is not None:
                counts[name][value] += 1
        counts["tag"].update(task.tags)
    return {name: _largest(found) for name, found in counts.items()}


def _largest(found: Counter[str]) -> dict[str, int]:
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST])
