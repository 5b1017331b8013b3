"""`mcp`: the workspace as tools for an agent, over stdio or HTTP."""

from __future__ import annotations

import click

from vespera_core.cli import options
from vespera_core.cli.session import Run
from vespera_mcp.clients.command import install


@click.group("mcp", invoke_without_command=True)
@click.option("--toolsets", metavar="SETS", help="Of core, search, graph, roles and admin, with commas; or all. [core]")
@click.option("--read-only", is_flag=True, help="Offer only tools that change nothing.")
@click.option("--role", metavar="NAME", help="Work in this role: tools and calls are held to it.")
@click.option("--project", metavar="ID", help="The project that is meant where a call names none.")
@options.common
@click.pass_context
def mcp(
    context: click.Context, /, toolsets: str | None, *, read_only: bool, role: str | None, project: str | None
) -> None:
    """Serve tasks to an agent over MCP, on standard input and output.

    Works in the workspace of -C or of the current folder; without -C, calls may name the folder of another.
    """
    if context.invoked_subcommand is not None:
        return
    from vespera_mcp.tools.offer import selection_of

    run: Run = context.obj
    selection = selection_of(toolsets, read_only=read_only)

    from vespera_mcp.piping import pipe
    from vespera_mcp.workspaces import OpenedWorkspaces

    pipe(OpenedWorkspaces(run.folder, actor=run.actor, role=role, project=project, many=run.folder is None), selection)


mcp.add_command(install)
