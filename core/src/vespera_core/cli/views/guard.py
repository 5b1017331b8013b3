"""Views of the guard's answers."""

from __future__ import annotations

from vespera_core.app.guard.answers import DiffAnswer, GuardAnswer
from vespera_core.app.guard.installing import InstallAnswer
from vespera_core.cli.views.text import clean


def checked(answer: GuardAnswer) -> str:
    """One decision, with the rule behind it."""
    return f"{'allowed' if answer.allowed else 'denied'} by {answer.rule}: {clean(answer.reason)}"


def compared(answer: DiffAnswer) -> str:
    """The changes that are refused, and why; or that none is."""
    if answer.role is None:
        return "No role is in force, so no change was judged."
    if answer.allowed:
        return f"The role {clean(answer.role)} may make these changes: {_files(answer.changed)}."
    reasons = "\n".join(f"  {clean(reason)}" for reason in answer.reasons)
    step = "Leave these out of the change, or have somebody make them whose role allows it."
    return f"The role {clean(answer.role)} may not make these changes:\n{reasons}\n{step}"


def stands(answer: InstallAnswer) -> str:
    """How the guard stands in a place."""
    words = {"installed": "is installed in", "outdated": "is installed with another command in", "absent": "is not in"}
    said = f"The guard {words[answer.state]} {clean(answer.file)}{'' if answer.changed else ', as before'}."
    return said if answer.kept is None else f"{said}\nWhat was there is kept in {clean(answer.kept)}."


def _files(count: int) -> str:
    return f"{count:,} {'file' if count == 1 else 'files'}"
