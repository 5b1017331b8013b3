"""Telling how a client stands, on a terminal."""

from __future__ import annotations

from shlex import join

from vespera_core.cli.views.text import clean
from vespera_mcp.clients.installing import ABSENT, BROKEN, INSTALLED, OUTDATED, Standing
from vespera_mcp.clients.kinds import KINDS

_STATES = {
    INSTALLED: "has Vespera's tools",
    OUTDATED: "has another entry under our name",
    BROKEN: "starts a program that is not there",
    ABSENT: "does not know of Vespera",
}


def stands(answer: Standing) -> str:
    """How a client stands, what it starts, and what was kept."""
    title = KINDS[answer.client].title
    now = " now" if answer.changed else ""
    lines = [f"{title}{now} {_STATES[answer.state]}: {clean(answer.file)}"]
    if answer.command:
        lines.append(f"  it starts: {clean(join(answer.command))}")
    if answer.kept:
        lines.append(f"  as it was before: {clean(answer.kept)}")
    if answer.changed and answer.state == INSTALLED:
        lines.append(f"  start {title} anew, and allow the server where it asks")
    return "\n".join(lines)
