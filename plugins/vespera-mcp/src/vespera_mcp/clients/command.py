"""`mcp install`: our server in the configuration of a client."""

from __future__ import annotations

from pathlib import Path

import click

from vespera_core.cli import options
from vespera_core.cli.session import Run
from vespera_mcp.clients.kinds import KINDS, SCOPES, Scope


@click.command("install")
@click.option("--client", "name", type=click.Choice(list(KINDS)), required=True, help="Which client.")
@click.option("--scope", type=click.Choice(SCOPES), help="For this project, or for all of the user's. [project]")
@click.option("--check", is_flag=True, help="Only say how it stands; ends with 1 where it does not work like this.")
@click.option("--remove", is_flag=True, help="Take it out again.")
@options.common
@click.pass_context
def install(context: click.Context, name: str, scope: str | None, check: bool, remove: bool) -> None:
    """Let a client of agents start this server: writes its configuration, and leaves all else in it as it is."""
    from vespera_core.app.workspace import find_workspace
    from vespera_mcp.clients import installing, telling

    if check and remove:
        raise click.UsageError("Either look with --check, or --remove it.", ctx=context)
    run: Run = context.obj
    kind = KINDS[name]
    chosen: Scope = next(iter(kind.files)) if scope is None else "user" if scope == "user" else "project"
    root = find_workspace(run.folder).parent.resolve() if chosen == "project" else Path.home()
    work = installing.remove if remove else installing.look if check else installing.install
    answer = work(kind, chosen, root)
    run.show(answer, telling.stands)
    context.exit(1 if check and answer.state != installing.INSTALLED else 0)
