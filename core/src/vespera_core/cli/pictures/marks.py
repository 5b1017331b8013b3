"""What all pictures of the graph agree on: how a task is told, which arrows are drawn, and what is said of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from vespera_core.app.graph.answers import PictureAnswer, PictureNode

LABELS: Final = {"ready": "ready", "active": "in progress", "waits": "waits", "closed": "closed"}
"""The kinds of tasks that pictures tell apart, and what they are called."""

_ACTIVE: Final = frozenset({"in_progress", "in_review"})


class Arrow(NamedTuple):
    """A line from a task to the one that waits for it; `part` where it waits because it is its parent."""

    first: str
    then: str
    part: bool
    critical: bool


def kind_of(node: PictureNode) -> str:
    """Which of `LABELS` a task is."""
    if not node.open:
        return "closed"
    return "ready" if node.ready else "active" if node.status in _ACTIVE else "waits"


def said_of(node: PictureNode) -> str:
    """How a task stands, in a word or two: its own status where that says more than its kind."""
    kind = kind_of(node)
    return LABELS[kind] if kind in ("ready", "waits") and node.status == "pending" else node.status.replace("_", " ")


def arrows(answer: PictureAnswer) -> list[Arrow]:
    """What makes tasks wait, each pair once: dependencies, then parents that wait for their children."""
    critical = {node.task_id for node in answer.nodes if node.critical}
    found: dict[tuple[str, str], bool] = {}
    for edge in answer.edges:
        if edge.kind == "depends_on":
            found[edge.target, edge.source] = False
    for edge in answer.edges:
        if edge.kind == "child_of":
            found.setdefault((edge.source, edge.target), True)
    return [Arrow(*pair, part, critical.issuperset(pair)) for pair, part in found.items()]


def note_on(answer: PictureAnswer) -> list[str]:
    """An honest word where not everything is drawn, or nothing is."""
    if not answer.nodes:
        return ["Nothing is open here."]
    if len(answer.nodes) < answer.total:
        drawn = f"{len(answer.nodes):,} of {answer.total:,} tasks are drawn"
        return [f"{drawn}: the critical path first, then tasks with arrows, by priority."]
    return []
