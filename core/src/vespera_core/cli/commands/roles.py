"""`role`: what each role may do, which fits a task, and giving tasks to roles."""

from __future__ import annotations

from typing import Any

import click

from vespera_core.cli import options
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run


@click.group("role", cls=Family, aliases={"ls": "list", "get": "show", "view": "show", "lint": "validate"})
@options.common
def role() -> None:
    """Roles: what an agent may do, how much of it, and which tasks are its own.

    They are defined in .vespera/roles/*.yaml and by sets of templates; 'vespera role use SET' puts a set in force.
    """


@role.command("list")
@options.common
@click.pass_obj
def list_(run: Run) -> None:
    """Every role, and what is wrong with those that cannot be used."""
    from vespera_core.app.requests import Nothing
    from vespera_core.cli.views import roles as view

    run.show(run.call("role.list", Nothing()), view.listed)


@role.command("show")
@click.argument("name", metavar="ROLE")
@options.common
@click.pass_obj
def show(run: Run, name: str) -> None:
    """One role with all that it inherits."""
    from vespera_core.app.roles.requests import RoleRef
    from vespera_core.cli.views import roles as view

    run.show(run.call("role.get", RoleRef(role=name)), view.shown)


@role.command("validate")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@options.common
@click.pass_context
def validate(context: click.Context, file: str | None) -> None:
    """Check the role files in use, or FILE before it is put into use. Ends with 1 where something is wrong."""
    from vespera_core.app.roles.requests import ValidateRoles
    from vespera_core.cli import values
    from vespera_core.cli.views import roles as view

    run: Run = context.obj
    request = ValidateRoles()
    if file is not None:
        request = ValidateRoles(text=values.text_of(None, file, "text"), source=file)
    answer = run.call("role.validate", request)
    run.show(answer, view.validated)
    if answer.problems:
        context.exit(1)


@role.command("schema")
@options.common
@click.pass_obj
def schema(run: Run) -> None:
    """The JSON schema of role files, for editors."""
    import json

    from vespera_core.app.roles.schema import role_schema

    run.show(role_schema(), lambda one: json.dumps(one, indent=2))


@role.command("suitable")
@click.option("--task", metavar="ID", help="For all that this task needs.")
@click.option("--capability", "capabilities", multiple=True, callback=options.split, help="Needed; repeatable.")
@click.option("-t", "--type", metavar="TYPE", help="For a task of this type.")
@options.limit
@options.common
@click.pass_obj
def suitable(run: Run, task: str | None, capabilities: tuple[str, ...], type: str | None, limit: int) -> None:
    """Roles for what is needed, the best first, with reasons."""
    from vespera_core.app.roles.requests import SuitableRoles
    from vespera_core.cli.views import roles as view

    request = SuitableRoles(task_id=task, capabilities=capabilities, type=type, limit=limit)
    run.show(run.call("role.suitable", request), view.suitable)


@role.command("check")
@click.argument("task")
@click.argument("name", metavar="ROLE")
@options.common
@click.pass_context
def check(context: click.Context, task: str, name: str) -> None:
    """Everything that speaks against giving TASK to ROLE. Ends with 1 where something does."""
    from vespera_core.app.roles.requests import CheckAssignment
    from vespera_core.cli.views import roles as view

    run: Run = context.obj
    answer = run.call("role.check", CheckAssignment(task_id=task, role=name))
    run.show(answer, view.checked)
    if not answer.allowed:
        context.exit(1)


@role.command("assign")
@click.argument("task")
@click.argument("name", metavar="ROLE")
@click.option("--force", is_flag=True, help="Pass over the rules that refuse it; that is recorded.")
@options.reason
@options.fence
@options.writing
@click.pass_obj
def assign(run: Run, /, task: str, name: str, **how: Any) -> None:
    """Give TASK to ROLE."""
    from vespera_core.app.roles.requests import AssignRole
    from vespera_core.cli.views import roles as view

    run.show(run.call("role.assign", AssignRole(task_id=task, role=name, **how)), view.assigned)


@role.command("unassign")
@click.argument("task")
@options.reason
@options.fence
@options.writing
@click.pass_obj
def unassign(run: Run, /, task: str, **how: Any) -> None:
    """Take the role of TASK away."""
    from vespera_core.app.roles.requests import UnassignRole
    from vespera_core.cli.views import tasks as view

    answer = run.call("role.unassign", UnassignRole(task_id=task, **how))
    run.show(answer, lambda done: view.changed("Has no role now:", (done.task,)))


@role.command("workload")
@click.argument("name", metavar="[ROLE]", required=False)
@options.project
@options.common
@click.pass_obj
def workload(run: Run, name: str | None, project: str | None) -> None:
    """How much each role has to do, and how much of it workers hold."""
    from vespera_core.app.roles.requests import RoleWorkload
    from vespera_core.cli.views import roles as view

    run.show(run.call("role.workload", RoleWorkload(role=name, project_id=project)), view.loads)


@role.command("history")
@click.argument("task", required=False)
@options.role
@options.limit
@options.common
@click.pass_obj
def history(run: Run, task: str | None, role: str | None, limit: int) -> None:
    """Who was given which role when: of TASK, of a role, or all of it."""
    from vespera_core.app.roles.requests import RoleHistory
    from vespera_core.cli.views import roles as view

    run.show(run.call("role.history", RoleHistory(task_id=task, role=role, limit=limit)), view.past)


@role.command("use")
@click.argument("name", metavar="SET")
@options.common
@click.pass_obj
def use(run: Run, name: str) -> None:
    """Put a set of templates in force: from then on every role must be one that is defined."""
    from vespera_core.app.config import set_value
    from vespera_core.app.requests import Nothing
    from vespera_core.app.workspace import find_workspace
    from vespera_core.errors import NotFound

    sets = run.call("role.list", Nothing()).sets
    if name not in sets:
        raise NotFound(
            f"There is no set of roles {name!r}; there are: {', '.join(sets) or 'none'}.", sets=list(sets),
            next="Name one of them, or install the package that brings it: pip install vespera-roles.",
        )  # fmt: skip
    run.show(set_value(find_workspace(run.folder), "roles.set", name), lambda _: f"The roles of {name} are in force.")
