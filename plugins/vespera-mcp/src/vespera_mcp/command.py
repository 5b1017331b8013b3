"""`mcp`: the workspace as tools for an agent, over stdio or HTTP."""

from __future__ import annotations

import sys

import click

from vespera_core.cli import options
from vespera_core.cli.session import Run
from vespera_mcp.clients.command import install
from vespera_mcp.settings import ORIGIN


@click.group("mcp", invoke_without_command=True)
@click.option(
    "--http", metavar="HOST:PORT", help="Serve over streamable HTTP at this address; port 0 takes a free one."
)
@click.option("--toolsets", metavar="SETS", help="Of core, search, graph, roles and admin, with commas; or all. [core]")
@click.option("--read-only", is_flag=True, help="Offer only tools that change nothing.")
@click.option("--role", metavar="NAME", help="Work in this role: tools and calls are held to it.")
@click.option("--project", metavar="ID", help="The project that is meant where a call names none.")
@options.common
@click.pass_context
def mcp(
    context: click.Context, /, http: str | None, toolsets: str | None, *, read_only: bool, role: str | None,
    project: str | None,
) -> None:  # fmt: skip
    """Serve tasks to an agent over MCP, on standard input and output.

    Works in the workspace of -C or of the current folder; without -C, calls may name the folder of another. With
    --http it serves that one workspace at /mcp until Ctrl-C, as `vespera serve` does beside REST.
    """
    if context.invoked_subcommand is not None:
        return
    run: Run = context.obj
    if http is not None:
        _serve(run, http, toolsets, read_only=read_only, role=role, project=project)
        return
    from vespera_mcp.tools.offer import selection_of

    selection = selection_of(toolsets, read_only=read_only)

    from vespera_mcp.piping import pipe
    from vespera_mcp.workspaces import OpenedWorkspaces

    pipe(OpenedWorkspaces(run.folder, actor=run.actor, role=role, project=project, many=run.folder is None), selection)


def _serve(
    run: Run, address: str, toolsets: str | None, *, read_only: bool, role: str | None, project: str | None
) -> None:
    from vespera_core.app.application import Vespera
    from vespera_mcp.http.address import address_of

    host, port = address_of(address)
    from vespera_mcp.http.serving import serve

    def ready(url: str) -> None:
        if run.json:
            run.show({"url": url}, str)
        else:
            click.echo(f"Serving {ledger.folder} at {url}. Ctrl-C ends it.")
        sys.stdout.flush()

    with Vespera.open(run.folder, actor=run.actor, role=role, origin=ORIGIN, project=project) as ledger:
        serve(ledger, host, port, ready, toolsets=toolsets, read_only=read_only)


mcp.add_command(install)
