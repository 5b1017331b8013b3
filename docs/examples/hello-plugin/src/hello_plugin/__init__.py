"""An example plugin. Importing it costs nothing: what it needs is imported where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.errors import ChangeRejected
from vespera_core.hookspecs import hookimpl
from vespera_core.ports.access import AccessRequest, Verdict
from vespera_core.ports.operation import Operation
from vespera_core.ports.provider import Provider

if TYPE_CHECKING:
    import click

    from vespera_core.model.task import Task
    from vespera_core.ports.change import Change
    from vespera_core.ports.projection import Projection

FORBIDDEN_WORD = "TODO"


@hookimpl
def vespera_operations() -> Operation:
    return Operation(
        name="hello.greet",
        summary="Say how much there is to do.",
        input="vespera_core.app.requests:Nothing",
        output="hello_plugin.greeting:Greeting",
        handler="hello_plugin.greeting:greet",
        action="hello.read",
        kind="read",
    )


@hookimpl
def vespera_register_commands(cli: click.Group) -> None:
    from hello_plugin.greeting import hello

    cli.add_command(hello)


@hookimpl
def vespera_authorize(request: AccessRequest) -> Verdict | None:
    """Guests read. Everybody else is somebody else's business."""
    if request.actor == "guest" and not request.action.endswith(".read"):
        return Verdict(allowed=False, reason="guests only read")
    return None


@hookimpl
def vespera_before_write(change: Change) -> None:
    title = getattr(change.input, "title", None)
    if isinstance(title, str) and FORBIDDEN_WORD in title.split():
        raise ChangeRejected(f"A title says what to do, not {FORBIDDEN_WORD}.", next="Give it a title that does.")


@hookimpl
def vespera_projections() -> Provider[Projection]:
    from hello_plugin.names import open_names

    return Provider(name="hello.names", summary="A text file of titles for each project.", open=open_names)


@hookimpl
def vespera_task_document(task: Task) -> str | None:
    """A task that brings a summary is known by that; all others by the core's own text."""
    summary = task.metadata.get("summary")
    return summary if isinstance(summary, str) else None
