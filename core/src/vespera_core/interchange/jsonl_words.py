"""Our own format: what a line may hold, for reader and writer alike.

Line 1 is the header. Then come projects by id and tasks by id, one object a line with sorted keys; what is at its
default is left out. Times are RFC 3339 text. `lease_until` is not part of it: heartbeats move it without an event.
"""

from __future__ import annotations

from typing import Any, Final

from vespera_core.model.project import PROJECT_FIELDS, Project
from vespera_core.model.task import DEFAULTS, FIELDS, TIME_FIELDS, VOLATILE_FIELDS, Task

FORMAT: Final = "vespera"
SCHEMA: Final = 1

TASK_NAMES: Final = tuple(name for name in FIELDS if name not in VOLATILE_FIELDS)
TASK_TIMES: Final = frozenset(TIME_FIELDS)
TASK_ALWAYS: Final = frozenset({"task_id", "project_id", "title", "created_at", "created_by", "updated_at"})
"""Written even at their default: an import would otherwise fill in its own moment and actor."""

PROJECT_TIMES: Final = frozenset({"created_at", "updated_at"})
PROJECT_ALWAYS: Final = frozenset({"project_id", "name", "created_at", "created_by", "updated_at"})
PROJECT_DEFAULTS: Final[dict[str, Any]] = {
    name: {} if name in ("workflow", "metadata") else spec.default
    for name, spec in Project.__dataclass_fields__.items()
    if name in PROJECT_FIELDS
}

NULLABLE: Final = frozenset(name for name, default in DEFAULTS.items() if default is None)
OBJECTS: Final = frozenset({"metadata", "checkpoint", "workflow"})
NUMBERS: Final = frozenset(
    name
    for owner in (Task, Project)
    for name, spec in owner.__dataclass_fields__.items()
    if str(spec.type).split(" ")[0] == "int"
)
"""Read off the types, so that a new number needs no word here."""
