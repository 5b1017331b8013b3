"""`project`: making projects, looking at them, putting them away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vespera_core.app.requests import CreateProject, ListProjects, ProjectRef, UpdateProject
from vespera_core.cli import options, values
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run

if TYPE_CHECKING:
    from vespera_core.app.answers import ProjectAnswer, ProjectsAnswer


@click.group(
    "project", cls=Family, aliases={"add": "create", "new": "create", "ls": "list", "view": "show", "edit": "update"}
)
@options.common
def project() -> None:
    """Projects: create, list, show, update, archive."""


_workflow = click.option("--workflow", metavar="JSON", help="Statuses and transitions of its own.")
_metadata = click.option("--metadata", metavar="JSON", help="An object of your own facts.")


@project.command("create")
@click.argument("id")
@click.option("--name", metavar="TEXT", help="Its name; else the id.")
@click.option("-d", "--description", default="", metavar="TEXT", help="What it is about.")
@_workflow
@_metadata
@options.writing
@click.pass_obj
def create(run: Run, id: str, name: str | None, description: str, workflow: str | None, metadata: str | None) -> None:
    """Make a project; its id is the prefix of its tasks' ids."""
    request = CreateProject(
        project_id=id,
        name=name,
        description=description,
        workflow=values.json_object(workflow, "workflow") if workflow is not None else {},
        metadata=values.json_object(metadata, "metadata") if metadata is not None else {},
    )
    run.show(run.call("project.create", request), lambda answer: _line("Created", answer))


@project.command("list")
@click.option("--all", "archived", is_flag=True, help="Archived ones too.")
@options.common
@click.pass_obj
def list_(run: Run, archived: bool) -> None:
    """All projects."""
    run.show(run.call("project.list", ListProjects(archived=archived)), _rows)


@project.command("show")
@click.argument("id")
@options.common
@click.pass_obj
def show(run: Run, id: str) -> None:
    """One project."""
    run.show(run.call("project.get", ProjectRef(project_id=id)), _detail)


@project.command("update")
@click.argument("id")
@click.option("--name", metavar="TEXT", help="A new name.")
@click.option("-d", "--description", metavar="TEXT", help="A new description.")
@click.option("--status", metavar="STATUS", help="active or archived.")
@_workflow
@_metadata
@click.option("--expected-version", type=int, metavar="N", help="Refuse unless the project has this version.")
@options.writing
@click.pass_obj
def update(run: Run, /, id: str, expected_version: int | None, **words: Any) -> None:
    """Change a project."""
    fields = {name: value for name, value in words.items() if value is not None}
    if not fields:
        raise click.UsageError("Nothing to change was given.", ctx=click.get_current_context())
    for name in ("workflow", "metadata"):
        if name in fields:
            fields[name] = values.json_object(fields[name], name)
    request = UpdateProject(project_id=id, expected_version=expected_version, **fields)
    run.show(run.call("project.update", request), lambda answer: _line("Updated", answer))


@project.command("archive")
@click.argument("id")
@options.writing
@click.pass_obj
def archive(run: Run, id: str) -> None:
    """Put a project away: it is read, not written, and offers no work."""
    run.show(run.call("project.archive", ProjectRef(project_id=id)), lambda answer: _line("Archived", answer))


def _line(verb: str, answer: ProjectAnswer) -> str:
    from vespera_core.cli.views.text import clean

    return clean(f"{verb} {answer.project.project_id}  {answer.project.name}")


def _rows(answer: ProjectsAnswer) -> str:
    from vespera_core.cli.views.text import table

    return table([(one.project_id, one.status, one.name) for one in answer.projects], "") or "No projects."


def _detail(answer: ProjectAnswer) -> str:
    import json

    from vespera_core.cli.views.text import block, table, when

    one = answer.project
    facts = [
        ("name", one.name),
        ("status", one.status),
        ("created", f"{when(one.created_at)} by {one.created_by}"),
        ("version", one.version),
    ]
    facts += [
        (name, json.dumps(value)) for name, value in (("workflow", one.workflow), ("metadata", one.metadata)) if value
    ]
    text = f"{one.project_id}\n{table(facts)}"
    return f"{text}\nDescription:\n{block(one.description)}" if one.description else text
