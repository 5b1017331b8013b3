"""The project: a named set of tasks with one id prefix, one chain of events and one workflow."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import EPOCH, MAX_TITLE, Micros, check_choice, check_id, check_json, check_text
from vespera_core.model.record import record
from vespera_core.model.sensitive import SENSITIVE
from vespera_core.model.workflow import Workflow

PROJECT_STATUSES: Final = ("active", "archived")


@record(frozen=True, slots=True)
class Project:
    """A project as it stands. `workflow` holds only what differs from the workflow that ships."""

    project_id: str
    name: str
    description: str = ""
    status: str = "active"
    workflow: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    created_at: Micros = EPOCH
    created_by: str = ""
    updated_at: Micros = EPOCH
    version: int = 1


PROJECT_FIELDS: Final = tuple(Project.__dataclass_fields__)


def check_project(project: Project) -> None:
    """Raise InvalidInput for the first value that no store may hold."""
    check_id("project_id", project.project_id)
    check_text("name", project.name, MAX_TITLE, empty=False)
    check_text("description", project.description)
    check_choice("status", project.status, PROJECT_STATUSES)
    for name in ("metadata", "workflow"):
        if not isinstance(getattr(project, name), dict):
            raise InvalidInput(f"{name} must be a JSON object.", field=name)
    if SENSITIVE in project.metadata:
        raise InvalidInput("metadata.sensitive is sealed for tasks alone, not for projects.", field="metadata")
    check_json("metadata", project.metadata)
    Workflow.read(project.workflow)
