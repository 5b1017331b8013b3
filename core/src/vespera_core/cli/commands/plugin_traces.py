"""`plugins trace`: a command of vespera with a line about every call of a hook."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from vespera_core.cli import options


@click.command("trace", context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="[--] COMMAND...")
@options.common
@click.pass_context
def trace(context: click.Context, words: tuple[str, ...]) -> None:
    """Run a command of vespera, and say on the error stream which plugin was asked what, for how long.

    Write it as it would follow the word vespera: 'vespera plugins trace create "A task"'. The environment variable
    VESPERA_TRACE_PLUGINS=1 does the same for any process, servers and workers too. Answers are told by their kind
    alone, since they may hold what is not to be read in a terminal.
    """
    from vespera_core.plugins.tracing import VARIABLE

    command = [sys.executable, "-c", "from vespera_core.cli.main import main; raise SystemExit(main())", *words]
    done = subprocess.run(command, env={**os.environ, VARIABLE: "1"}, check=False)  # noqa: S603
    context.exit(done.returncode)
