"""The operation and the command of the example plugin."""

from __future__ import annotations

from dataclasses import dataclass

import click

from vespera_core import Vespera
from vespera_core.app.requests import Nothing, ReadyTasks
from vespera_core.app.session import Session
from vespera_core.app.tasks.reading import ready


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the operation answers."""

    text: str
    ready: int


def greet(session: Session, _request: Nothing) -> Greeting:
    """Count what is ready, and say it to the caller."""
    total = ready(session, ReadyTasks(limit=1)).total
    return Greeting(f"Hello {session.caller.actor}: {total} tasks are ready.", total)


@click.command()
def hello() -> None:
    """Say how much there is to do."""
    with Vespera.open(origin="cli") as ledger:
        click.echo(ledger.call("hello.greet", Nothing()).text)
