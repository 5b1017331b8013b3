"""What there is around the tasks: projects, roles, services, plugins, and how all of it is."""

from __future__ import annotations

from typing import Any

from vespera_core.app.answers import DoctorAnswer, ProjectAnswer, ProjectsAnswer
from vespera_mcp.replies.cells import cell, compact, minute
from vespera_mcp.replies.fitting import Text, document
from vespera_mcp.replies.grids import counts, grid, some
from vespera_mcp.replies.wanted import Asked


def told_projects(answer: ProjectsAnswer, asked: Asked) -> str:
    rows = [(one.project_id, one.status, cell(one.name, 80)) for one in answer.projects]
    return grid(f"{len(rows)} projects", "id status name", rows, asked)


def told_project(answer: ProjectAnswer, asked: Asked) -> str:
    one = answer.project
    lines = [
        f"id: {one.project_id}",
        f"name: {cell(one.name, 200)}",
        f"status: {one.status}",
        f"version: {one.version}",
    ]
    lines += [f"workflow: {compact(one.workflow, 600)}"] if one.workflow else []
    return document(lines, [Text(name="description", text=one.description)], asked.wanted, None)


# ---------------------------------------------------------------- roles


def told_roles(answer: Any, asked: Asked) -> str:
    rows = [
        (one.name, cell(one.description, 70), ",".join(one.task_types or ()), one.max_concurrent_tasks)
        for one in answer.roles
    ]
    force = "in force" if answer.in_force else "not in force"
    problems = [f"problem: {cell(one.text, 200)}" for one in answer.problems]
    return grid([f"{len(rows)} roles, {force}", *problems], "name description types at_once", rows, asked)


def told_role(answer: Any, asked: Asked) -> str:
    """What a role may do, then what it is told to do."""
    role = answer.role
    facts = {
        "role": role.name, "description": cell(role.description, 300),
        "in force": "yes" if answer.in_force else "no", "capabilities": ", ".join(role.capabilities),
        "reads": _patterns(role.read), "edits": _patterns(role.edit), "tools": _patterns(role.tools),
        "types": ", ".join(role.task_types or ()), "at once": role.max_concurrent_tasks,
        "needs approval": ", ".join(role.restrictions.require_approval), "source": cell(role.source, 200),
    }  # fmt: skip
    lines = [f"{name}: {cell(str(value), 600)}" for name, value in facts.items() if value]
    return document(lines, [Text(name="instructions", text=role.instructions, characters=1_000)], asked.wanted, None)


def _patterns(found: Any) -> str:
    allowed = "all" if found.allow is None else " ".join(found.allow) or "nothing"
    return f"{allowed}; not {' '.join(found.deny)}" if found.deny else allowed


def told_workload(answer: Any, asked: Asked) -> str:
    rows = [(one.role, one.live, one.capacity, one.queue, one.open) for one in answer.roles]
    return grid(f"{len(rows)} roles", "role held capacity ready open", rows, asked)


def told_suitable(answer: Any, asked: Asked) -> str:
    rows = [(one.role, one.score, cell("; ".join(one.reasons), 160), ",".join(one.lacks)) for one in answer.roles]
    return grid(f"{len(rows)} roles, best first", "role score why lacks", rows, asked)


def told_role_check(answer: Any, asked: Asked) -> str:
    said = "may take" if answer.allowed else "must not take"
    rows = [(one.rule, cell(one.message, 240)) for one in answer.violations]
    return grid(f"{answer.role} {said} {answer.task_id}", "rule why", rows, asked)


# ---------------------------------------------------------------- the system


def told_system(answer: Any, asked: Asked) -> str:
    rows = [(one.name, one.status, counts(one.figures), "; ".join(one.reasons)) for one in answer.components]
    return grid(answer.status, "part status figures why", rows, asked)


def told_findings(answer: DoctorAnswer, asked: Asked) -> str:
    """What is not as it should be; the rest by name."""
    rows = [(one.severity, one.check, cell(one.message, 300)) for one in answer.findings if one.severity != "ok"]
    well = [one.check for one in answer.findings if one.severity == "ok"]
    head = ["healthy" if answer.healthy else "damaged", f"{len(well)} checks found nothing: {some(well, 20)}"]
    return grid(head, "severity check message", rows, asked)


def told_plugins(answer: Any, asked: Asked) -> str:
    rows = [(one.name, one.version, one.status, cell(one.reason, 160), cell(one.next, 160)) for one in answer.plugins]
    return grid(f"{len(rows)} plugins", "name version status reason next", rows, asked)


def told_services(answer: Any, asked: Asked) -> str:
    rows = [
        (one.name, one.status, one.lag, "" if one.last_run is None else minute(one.last_run),
         cell(one.last_error or one.text, 100))
        for one in answer.services
    ]  # fmt: skip
    indexes = [f"index {one.index}: {one.behind} behind, {one.parked} parked" for one in answer.indexes]
    return grid([f"{len(rows)} services", *indexes], "name status lag last_run said", rows, asked)
