"""`serve`: the workspace over HTTP, until it is told to end."""

from __future__ import annotations

import sys

import click

from vespera_core.cli import options
from vespera_core.cli.session import Run


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8420, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--no-services", is_flag=True, help="Leave background services to other processes.")
@click.option("--auth", type=click.Choice(["open", "token"]), help="Who is answered; else as configured, or open.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="How lines are written; else as configured.")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]),
    help="What is worth a line; info writes one for each request. Else as configured, or warning.",
)  # fmt: skip
@options.common
@click.pass_obj
def serve(run: Run, /, host: str, port: int, *, no_services: bool, **said: str | None) -> None:
    """Serve the workspace over HTTP until Ctrl-C: REST under /api/v1, OpenAPI at /openapi.json."""
    from vespera_api.serving import listen

    ledger = run.ledger

    def ready(url: str) -> None:
        if run.json:
            run.show({"url": url}, str)
        else:
            click.echo(f"Serving {ledger.folder} at {url} (OpenAPI: {url}/openapi.json). Ctrl-C ends it.")
        sys.stdout.flush()

    listen(ledger, host, port, services=not no_services, ready=ready, **said)
