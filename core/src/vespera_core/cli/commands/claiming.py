"""`claim`, `heartbeat`, `release` and `checkpoint`: holding a task while working on it."""

from __future__ import annotations

from typing import Any

import click

from vespera_core.app.requests import Checkpoint, ClaimTask, Heartbeat, Release
from vespera_core.cli import options, values
from vespera_core.cli.session import Run
from vespera_core.errors import InvalidInput


@click.command("claim")
@click.argument("id", required=False)
@options.role
@options.project
@options.types
@options.tags
@options.lease
@click.option("--human", is_flag=True, help="Hold it without an end, as people do.")
@options.writing
@click.pass_obj
def claim(
    run: Run, id: str | None, role: str | None, project: str | None, type: tuple[str, ...], tags: tuple[str, ...],
    lease: str, human: bool,
) -> None:  # fmt: skip
    """Hold a task, or the most urgent ready one. Keep the fence that it answers."""
    from vespera_core.cli.views import holds as view

    request = ClaimTask(
        task_id=id,
        role=role,
        project_id=project,
        type=type,
        tags=tags,
        lease_seconds=values.seconds(lease),
        human=human,
    )
    run.show(run.call("task.claim", request), view.claimed)


@click.command("heartbeat")
@click.argument("id")
@options.fence
@click.option("--lease", metavar="SPAN", help="From now on; else for as long as it was claimed.")
@options.writing
@click.pass_obj
def heartbeat(run: Run, id: str, fence: int | None, lease: str | None) -> None:
    """Renew the lease of a held task."""
    from vespera_core.cli.views import holds as view

    length = None if lease is None else values.seconds(lease)
    run.show(run.call("task.heartbeat", Heartbeat(task_id=id, fence=fence, lease_seconds=length)), view.renewed)


@click.command("release")
@click.argument("id")
@options.fence
@options.reason
@click.option("--force", is_flag=True, help="End somebody else's hold; that is recorded.")
@options.writing
@click.pass_obj
def release(run: Run, id: str, fence: int | None, reason: str | None, force: bool) -> None:
    """Give a held task back to the queue."""
    from vespera_core.cli.views import tasks as view

    answer = run.call("task.release", Release(task_id=id, fence=fence, reason=reason, force=force))
    run.show(answer, lambda released: view.changed("Released", (released.task,)))


@click.command("checkpoint")
@click.argument("id")
@click.argument("note", required=False)
@options.fence
@click.option("-m", "--message", "--note", "message", metavar="TEXT", help="Where the work stands, in words.")
@click.option("--next", "next_step", metavar="TEXT", help="What to do next.")
@click.option("--file", "files", multiple=True, metavar="PATH", help="A file that matters; repeatable.")
@click.option("--result", metavar="TEXT", help="What came out last.")
@click.option("--state", "--data", "state", metavar="JSON", help="Any JSON object.")
@click.option("--state-file", "--body-file", metavar="F", help="Read the object from a file; - for standard input.")
@options.writing
@click.pass_obj
def checkpoint(run: Run, /, id: str, fence: int | None, **words: Any) -> None:
    """Keep where the work stands, for whoever goes on.

    NOTE is text, or a JSON object.
    """
    from vespera_core.cli.views import tasks as view

    answer = run.call("task.checkpoint", Checkpoint(task_id=id, fence=fence, state=_state(words)))
    run.show(answer, lambda kept: view.changed("Checkpoint kept for", (kept.task,)))


def _state(words: dict[str, Any]) -> dict[str, Any]:
    text = values.text_of(words["state"], words["state_file"], "state")
    note = words["note"] if words["note"] is not None else words["message"]
    if note is not None and note.lstrip().startswith("{") and text is None:
        text, note = note, None
    state = {} if text is None else values.json_object(text, "state")
    parts = {
        "note": note,
        "next_step": words["next_step"],
        "files": list(words["files"]) or None,
        "result": words["result"],
    }
    state |= {name: value for name, value in parts.items() if value is not None}
    if not state:
        raise InvalidInput(
            "Nothing was said about where the work stands.", field="state", next="Add a note, or --next TEXT."
        )
    return state
