"""`principal`, `member`, `grant`: who acts here, who works in which project, and who may do what beyond its role."""

from __future__ import annotations

import click

from vespera_core.app.policy import requests as ask
from vespera_core.cli import options
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run
from vespera_core.cli.views import access as views

_ALIASES = {"new": "add", "create": "add", "ls": "list", "rm": "remove", "delete": "remove"}
_of_principal = click.option("--principal", metavar="NAME", help="Of this principal.")


@click.group("principal", cls=Family, aliases={**_ALIASES, "view": "show", "get": "show"})
@options.common
def principal() -> None:
    """Principals, those who act here: add, list, show, remove."""


@principal.command("add")
@click.argument("name")
@click.option("--kind", default="agent", show_default=True, metavar="KIND", help="person, agent, plugin or service.")
@click.option("-d", "--description", default="", metavar="TEXT", help="Who or what it is.")
@options.writing
@click.pass_obj
def add(run: Run, name: str, kind: str, description: str) -> None:
    """Register a principal by the name it acts under."""
    request = ask.AddPrincipal(name=name, kind=kind, description=description)
    run.show(run.call("principal.add", request), lambda answer: views.principal_line("Added", answer))


@principal.command("list")
@click.option("--kind", metavar="KIND", help="Of this kind: person, agent, plugin or service.")
@click.option("--all", "removed", is_flag=True, help="Removed ones too.")
@options.common
@click.pass_obj
def list_(run: Run, kind: str | None, removed: bool) -> None:
    """Principals by name."""
    run.show(run.call("principal.list", ask.ListPrincipals(kind=kind, removed=removed)), views.principals)


@principal.command("show")
@click.argument("name")
@options.common
@click.pass_obj
def show(run: Run, name: str) -> None:
    """One principal, with its memberships and grants."""
    run.show(run.call("principal.get", ask.PrincipalRef(name=name)), views.principal_detail)


@principal.command("remove")
@click.argument("name")
@options.writing
@click.pass_obj
def remove(run: Run, name: str) -> None:
    """Remove a principal with its memberships and grants."""
    answer = run.call("principal.remove", ask.PrincipalRef(name=name))
    run.show(answer, lambda answer: views.principal_line("Removed", answer))


@click.group("member", cls=Family, aliases=_ALIASES)
@options.common
def member() -> None:
    """Members of projects, and their roles there: add, list, remove."""


@member.command("add")
@click.argument("principal")
@click.option("--role", required=True, metavar="ROLE", help="The role that it has in the project.")
@options.project
@options.writing
@click.pass_obj
def add_member(run: Run, principal: str, role: str, project: str | None) -> None:
    """Make a principal a member of a project, or give it another role there."""
    request = ask.AddMember(principal=principal, role=role, project_id=project)
    run.show(run.call("member.add", request), lambda answer: views.member_line("Added", answer))


@member.command("list")
@options.project
@_of_principal
@options.common
@click.pass_obj
def list_members(run: Run, project: str | None, principal: str | None) -> None:
    """Memberships by project and principal."""
    run.show(run.call("member.list", ask.ListMembers(project_id=project, principal=principal)), views.members)


@member.command("remove")
@click.argument("principal")
@options.project
@options.writing
@click.pass_obj
def remove_member(run: Run, principal: str, project: str | None) -> None:
    """End a membership."""
    request = ask.RemoveMember(principal=principal, project_id=project)
    run.show(run.call("member.remove", request), lambda answer: views.member_line("Removed", answer))


@click.group("grant", cls=Family, aliases=_ALIASES)
@options.common
def grant() -> None:
    """Grants, what principals may do beyond their roles: add, list, remove."""


@grant.command("add")
@click.argument("principal")
@click.argument("action")
@options.project
@options.writing
@click.pass_obj
def add_grant(run: Run, principal: str, action: str, project: str | None) -> None:
    """Grant a capability such as task_creation, or an action; without --project in every project.

    A capability is a word for a family of actions; an unknown one is refused with all that there are. An action is
    written as task.claim, a pattern of actions as 'task.*', and everything as '*'.
    """
    request = ask.AddGrant(principal=principal, action=action, project_id=project)
    run.show(run.call("grant.add", request), lambda answer: views.grant_line("Granted", answer))


@grant.command("list")
@options.project
@_of_principal
@options.common
@click.pass_obj
def list_grants(run: Run, project: str | None, principal: str | None) -> None:
    """Grants by project, action and principal."""
    run.show(run.call("grant.list", ask.ListGrants(project_id=project, principal=principal)), views.grants)


@grant.command("remove")
@click.argument("principal")
@click.argument("action")
@options.project
@options.writing
@click.pass_obj
def remove_grant(run: Run, principal: str, action: str, project: str | None) -> None:
    """End a grant, named as it was given."""
    request = ask.RemoveGrant(principal=principal, action=action, project_id=project)
    run.show(run.call("grant.remove", request), lambda answer: views.grant_line("Took back", answer))
