"""The core's own document of a task: which text stands for it, beside its title, when meanings are compared."""

from __future__ import annotations

from typing import Final

from vespera_core.model.task import Task

MAX_DOCUMENT: Final = 4_000
"""Characters: a text that goes on for longer has no single meaning that one vector could show."""


def document(task: Task) -> str:
    """Every text of a task but its title, cut."""
    parts = (task.description, task.acceptance_criteria, task.notes, " ".join(task.tags))
    return "\n".join(part for part in parts if part)[:MAX_DOCUMENT]
