"""`plugins trace`: a command of vespera with a line about every call of a hook."""

from __future__ import annotations

import os

import click

from vespera_core.cli import options
from vespera_core.cli.session import Run


@click.command("trace", context_settings={"allow_interspersed_args": False})
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="[--] COMMAND...")
@options.common
@click.pass_context
def trace(context: click.Context, words: tuple[str, ...]) -> None:
    """Run a command of vespera, and say on the error stream which plugin was asked what, for how long.

    Write it as it would follow the word vespera: 'vespera plugins trace create "A task"'. The environment variable
    VESPERA_TRACE_PLUGINS=1 does the same for any process, servers and workers too. Answers are told by their kind
    alone, since they may hold what is not to be read in a terminal.
    """
    from vespera_core.cli.main import main
    from vespera_core.plugins.tracing import VARIABLE

    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "1"  # and not a setting of this process alone: what the command starts is watched too
    try:
        code = main([*_typed_before(context.obj), *words])
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
    context.exit(code)


def _typed_before(run: Run) -> list[str]:
    """The common options that stood before the command: they are meant for it."""
    named = {"-C": run.folder, "--actor": run.actor, "--storage": run.storage, "--project": run.project}
    words = [word for option, value in named.items() if value is not None for word in (option, value)]
    return ["--json", *words] if run.json else words
