"""`mcp`: the workspace as tools for an agent, over stdio."""

from __future__ import annotations

import click

from vespera_core.cli.session import Run


@click.group("mcp", invoke_without_command=True)
@click.pass_obj
def mcp(run: Run) -> None:
    """Serve the workspace to an agent over MCP."""
