"""`token` and `registration`: secrets for persons and agents, and plugins that run elsewhere."""

from __future__ import annotations

import click

from vespera_core.cli import options
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run
from vespera_security.tokens import requests as ask
from vespera_security.tokens import views

_ALIASES = {"ls": "list", "rm": "revoke", "remove": "revoke"}


@click.group("token", cls=Family, aliases={**_ALIASES, "add": "create", "new": "create"})
@options.common
def token() -> None:
    """Tokens, which prove to a server who calls: create, list, revoke."""


@token.command("create")
@click.argument("principal")
@click.option("--label", default="", metavar="TEXT", help="What it is for.")
@click.option("--role", metavar="ROLE", help="It holds in this role alone.")
@click.option("--days", type=click.IntRange(min=1), metavar="N", help="It holds for N days; else until it is revoked.")
@options.writing
@click.pass_obj
def create(run: Run, principal: str, label: str, role: str | None, days: int | None) -> None:
    """Make a token for a principal, and show it this once."""
    request = ask.CreateToken(principal=principal, label=label, role=role, days=days)
    run.show(run.call("token.create", request), views.created)


@token.command("list")
@click.option("--principal", metavar="NAME", help="Of this principal.")
@click.option("--all", "ended", is_flag=True, help="Revoked and expired ones too.")
@options.common
@click.pass_obj
def list_tokens(run: Run, principal: str | None, ended: bool) -> None:
    """Tokens by age, without their secrets."""
    run.show(run.call("token.list", ask.ListTokens(principal=principal, ended=ended)), views.tokens)


@token.command("revoke")
@click.argument("token_id", metavar="ID")
@options.writing
@click.pass_obj
def revoke(run: Run, token_id: str) -> None:
    """End a token: from the next request on it proves nothing."""
    run.show(run.call("token.revoke", ask.TokenRef(token_id=token_id)), views.revoked)


@click.group("registration", cls=Family, aliases={**_ALIASES, "create": "add", "new": "add", "get": "show"})
@options.common
def registration() -> None:
    """Plugins that run elsewhere and call a server: add, list, show, revoke. Installed ones: 'vespera plugins'."""


@registration.command("add")
@click.argument("name")
@click.option("--wants", multiple=True, callback=options.split, metavar="WORD", help="A capability it asks for.")
@click.option("-d", "--description", default="", metavar="TEXT", help="What it does.")
@options.writing
@click.pass_obj
def add(run: Run, name: str, wants: tuple[str, ...], description: str) -> None:
    """Register a plugin, and show the secret that gets it tokens this once. Nothing is granted to it yet."""
    request = ask.RegisterPlugin(name=name, capabilities=wants, description=description)
    run.show(run.call("plugin.register", request), views.registered)


@registration.command("list")
@click.option("--all", "revoked", is_flag=True, help="Revoked ones too.")
@options.common
@click.pass_obj
def list_registrations(run: Run, revoked: bool) -> None:
    """Registered plugins by name."""
    run.show(run.call("plugin.list", ask.ListPlugins(revoked=revoked)), views.plugins)


@registration.command("show")
@click.argument("name")
@options.common
@click.pass_obj
def show(run: Run, name: str) -> None:
    """A registered plugin: what it asked for, and what it was granted."""
    run.show(run.call("plugin.get", ask.PluginRef(name=name)), views.plugin)


@registration.command("revoke")
@click.argument("name")
@options.writing
@click.pass_obj
def revoke_registration(run: Run, name: str) -> None:
    """End a plugin's registration, with its tokens and all that it was granted."""
    run.show(run.call("plugin.revoke", ask.PluginRef(name=name)), views.plugin)
