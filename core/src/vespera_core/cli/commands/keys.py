"""`keys`: which keys there are, and new ones in their place."""

from __future__ import annotations

import click

from vespera_core.app.vault import requests as ask
from vespera_core.cli import options
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run
from vespera_core.cli.views import keys as views
from vespera_core.errors import KeyFault


@click.group("keys", cls=Family, aliases={"list": "status", "ls": "status"})
@options.common
def keys() -> None:
    """Keys that encrypt and sign: status, check, rotate."""


@keys.command("status")
@options.common
@click.pass_obj
def status(run: Run) -> None:
    """Which keys there are by name, where they are kept, and whether they open what is sealed."""
    run.show(run.call("keys.status", ask.KeyStatus()), views.status)


@keys.command("check")
@options.common
@click.pass_obj
def check(run: Run) -> None:
    """Prove that the keys open what is sealed; the exit code is 5 where they do not."""
    answer = run.call("keys.status", ask.KeyStatus())
    if answer.fault is not None:
        raise KeyFault(answer.fault, next="Put back the copy of the keys that was kept apart from the workspace.")
    run.show(answer, views.status)


@keys.command("rotate")
@click.option(
    "--purpose", default="encryption", show_default=True, metavar="PURPOSE", help="encryption, or signing of tokens."
)
@click.option("--dry-run", is_flag=True, help="Only count what would be sealed anew.")
@options.writing
@click.pass_obj
def rotate(run: Run, purpose: str, *, dry_run: bool) -> None:
    """Make a new key, and seal everything anew with it.

    The key before it stays until the next rotation, for writes that were under way; older ones are let go. It may be
    interrupted at any point and begun again.
    """
    run.show(run.call("keys.rotate", ask.RotateKeys(purpose=purpose, dry_run=dry_run)), views.rotated)
