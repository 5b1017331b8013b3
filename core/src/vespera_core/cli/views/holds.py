"""Claims and completions as text, with what to do next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vespera_core.cli.views.tasks import changed, line, moved
from vespera_core.cli.views.text import block, clean, when

if TYPE_CHECKING:
    from vespera_core.app.answers import ClaimAnswer, CompleteAnswer


def claimed(answer: ClaimAnswer) -> str:
    """What is held now, under which fence, until when, and how to go on."""
    task = answer.task
    if task is None:
        return "Nothing is ready to be claimed. Run 'vespera blocked' to see what waits."
    lines = [f"Claimed {line(task)}", f"  {_hold(answer)}"]
    if answer.reclaimed_from:
        lines.append(f"  taken over from {clean(answer.reclaimed_from)}, whose lease had lapsed")
    if task.checkpoint:
        lines.append(f"  it was left with a checkpoint: 'vespera show {task.task_id}'")
    if task.description:
        lines.append(block(task.description))
    lines.append(f"  when done: vespera complete {task.task_id} --fence {answer.fence}")
    if answer.lease_until is not None:
        lines.append(f"  to keep it: vespera heartbeat {task.task_id} --fence {answer.fence}")
    return "\n".join(lines)


def _hold(answer: ClaimAnswer) -> str:
    if answer.lease_until is None:
        return f"fence {answer.fence}, held without an end"
    return f"fence {answer.fence}, lease until {when(answer.lease_until)}"


def renewed(answer: ClaimAnswer) -> str:
    """The new end of a lease."""
    task_id = answer.task.task_id if answer.task is not None else ""
    return f"Still held: {task_id}, {_hold(answer)}"


def completed(answer: CompleteAnswer) -> str:
    """What is done, what that unblocked, and what was claimed next."""
    left = tuple(task for task in answer.tasks if task.open)
    done = tuple(task for task in answer.tasks if not task.open)
    lines = [moved("Completed", replace(answer, tasks=done))] if done or not left else []
    if left:
        lines.append(changed("In review until a person approves it:", left))
    if answer.claimed is not None:
        lines.append(claimed(answer.claimed))
    return "\n".join(lines)
