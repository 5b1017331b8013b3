"""What changed since a moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vespera_core.app.graph.facts import Facts
from vespera_core.app.graph.telling import MINUTE, Telling, ids_of, told
from vespera_core.app.graph.wording import counted, span

_KINDS: Final = (
    ("task.reopened", "reopened", 50),
    ("task.reclaimed", "taken over after a lapsed lease", 45),
    ("task.blocked", "held by hand", 45),
    ("task.deleted", "deleted", 30),
    ("task.restored", "brought back", 25),
)


def _flow(facts: Facts) -> Telling:
    """Closed against made, and against as long a time before."""
    made, closed = facts.made(facts.since, facts.now), facts.closed(facts.since, facts.now)
    before = facts.closed(2 * facts.since - facts.now, facts.since)
    length = span((facts.now - facts.since) // MINUTE)
    figures = {
        "closed": len(closed), "made": len(made), "closed_before": len(before),
        "closed_minutes": facts.minutes(closed), "made_minutes": facts.minutes(made),
    }  # fmt: skip
    if not made and not closed:
        yield told(10, "quiet", f"Nothing was made or closed in the last {length}.", **figures)
        return
    newest = sorted(closed, key=lambda node: (-(node.closed_at or 0), node.task_id))
    trend = f" ({len(before):,} in the {length} before)" if before else ""
    text = f"In the last {length}, {counted(len(closed), 'task')} closed{trend} and {len(made):,} made."
    yield told(60, "flow", text, ids_of(newest), **figures)


def _started(facts: Facts) -> Telling:
    begun = [
        node
        for node in facts.nodes
        if node.category == "active" and node.started_at is not None and node.started_at > facts.since
    ]
    if begun:
        text = f"Work began on {counted(len(begun), 'task')} now in progress."
        yield told(40, "started", text, ids_of(begun), started=len(begun))


def _turns(facts: Facts) -> Telling:
    """What was reopened, held, deleted, and so on."""
    for kind, word, weight in _KINDS:
        ids = dict.fromkeys(row.entity for row in facts.events if row.kind == kind)
        if ids:
            verb = "was" if len(ids) == 1 else "were"
            yield told(weight, kind.partition(".")[2], f"{counted(len(ids), 'task')} {verb} {word}.", ids,
                       tasks=len(ids))  # fmt: skip


RULES: Final[tuple[Callable[[Facts], Telling], ...]] = (_flow, _started, _turns)
