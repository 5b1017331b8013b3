"""`audit`: the log as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vespera_core.cli import options
from vespera_core.cli.family import Family

if TYPE_CHECKING:
    from vespera_core.app.audit.answers import VerifyAnswer


@click.group("audit", cls=Family)
@options.common
def audit() -> None:
    """The log as evidence: verify."""


@audit.command("verify")
@click.option("--head", metavar="SEQ:HASH", help="The head that an earlier walk printed and you kept elsewhere.")
@options.common
@click.pass_context
def verify(context: click.Context, head: str | None) -> None:
    """Walk the hash chain of the whole log; the exit code is 1 where it is broken.

    The first broken row is named, with what is wrong with it. The head that is printed proves later that the log up to
    there is still the same: keep it where nobody who could alter the log can alter it.
    """
    from vespera_core.app.audit.requests import VerifyLog

    answer: VerifyAnswer = context.obj.call("audit.verify", VerifyLog(head=head))
    context.obj.show(answer, _verdict)
    if not answer.intact:
        context.exit(1)


def _verdict(answer: VerifyAnswer) -> str:
    from vespera_core.cli.views.text import clean, count

    walked = count(answer.rows, "event")
    if answer.broken is None:
        return f"Intact: {walked}." + (f" Head {answer.head}" if answer.head else "")
    return (
        f"Broken at event {answer.broken.seq}: {clean(answer.broken.what)}.\n"
        "Keep the file as it is, and hold it against a backup: 'vespera -C OTHER restore-backup FILE'."
    )
