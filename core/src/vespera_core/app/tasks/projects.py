"""Projects: making them, changing them, putting them away."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from vespera_core.app.answers import ProjectAnswer, ProjectsAnswer
from vespera_core.app.requests import CreateProject, ListProjects, ProjectRef, UpdateProject
from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import DuplicateId, InvalidInput, VersionConflict
from vespera_core.model.basics import UNSET
from vespera_core.model.project import Project
from vespera_core.model.query import TaskQuery
from vespera_core.model.workflow import Workflow


def create_project(unit: Unit, request: CreateProject) -> ProjectAnswer:
    """Make a project."""
    if unit.reader.project(request.project_id) is not None:
        raise DuplicateId(
            f"There is a project {request.project_id!r} already.", project_id=request.project_id,
            next=f"Run 'vespera project show {request.project_id}' to see it.",
        )  # fmt: skip
    project = Project(
        request.project_id, request.name or request.project_id, request.description, workflow=request.workflow,
        metadata=request.metadata, created_at=unit.now, created_by=unit.caller.actor, updated_at=unit.now,
    )  # fmt: skip
    return ProjectAnswer(unit.put_project(None, project, "project.created"))


def get_project(session: Session, request: ProjectRef) -> ProjectAnswer:
    """One project."""
    return ProjectAnswer(session.project(request.project_id))


def list_projects(session: Session, request: ListProjects) -> ProjectsAnswer:
    """Projects by id."""
    return ProjectsAnswer(tuple(one for one in session.reader.projects() if request.archived or one.status == "active"))


def update_project(unit: Unit, request: UpdateProject) -> ProjectAnswer:
    """Give a project new values. A status that tasks are in can neither vanish nor change its meaning."""
    old = unit.project(request.project_id)
    if request.expected_version is not None and request.expected_version != old.version:
        raise VersionConflict(
            f"{old.project_id} has version {old.version}, not {request.expected_version}.", version=old.version,
            next=f"Read it again with 'vespera project show {old.project_id}'.",
        )  # fmt: skip
    names = ("name", "description", "status", "workflow", "metadata")
    new = replace(old, **{name: value for name in names if (value := getattr(request, name)) is not UNSET})
    if new.workflow != old.workflow:
        _keep_used_statuses(unit, old, new)
    kind = "project.archived" if new.status == "archived" != old.status else "project.updated"
    return ProjectAnswer(unit.put_project(old, new, kind))


def _keep_used_statuses(unit: Unit, old: Project, new: Project) -> None:
    before, after = Workflow.read(old.workflow), Workflow.read(new.workflow)
    changed = [one for one, category in before.statuses.items() if after.statuses.get(one) != category]
    for status, deleted in product(changed, (False, True)):  # a deleted task may be restored
        query = TaskQuery(projects=(old.project_id,), statuses=(status,), deleted=deleted, limit=1)
        if count := unit.reader.select(query).total:
            raise InvalidInput(
                f"{count} {'deleted ' if deleted else ''}tasks are {status!r}:"
                f" the status must stay, and stay {before.category(status)!r}.",
                field="workflow", next=f"Move them first: 'vespera list --status {status} --project {old.project_id}'.",
            )  # fmt: skip


def archive_project(unit: Unit, request: ProjectRef) -> ProjectAnswer:
    """Put a project away: it is read, not written, and offers no work."""
    return update_project(unit, UpdateProject(project_id=request.project_id, status="archived"))
