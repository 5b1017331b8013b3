"""Telling: a sentence with its numbers, before it becomes an insight, and the words that sentences share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

from vespera_core.analysis.results import BlockedWeight, TimelineEntry
from vespera_core.app.graph.facts import Facts
from vespera_core.app.graph.wording import counted, span
from vespera_core.model.basics import SECOND
from vespera_core.model.graph import GraphNode

MINUTE: Final = 60 * SECOND
SHOWN: Final = 5
"""How many tasks a sentence names."""


class Told(NamedTuple):
    """How much it matters (0 to 100), a word for the rule, the sentence, the tasks, and the numbers behind it."""

    weight: int
    kind: str
    text: str
    ids: tuple[str, ...]
    figures: dict[str, float]


Telling: TypeAlias = Iterator[Told]


def told(weight: int, kind: str, text: str, ids: Iterable[str] = (), /, **figures: float) -> Told:
    """A sentence about these tasks."""
    return Told(weight, kind, text, tuple(ids)[:SHOWN], figures)


def due(facts: Facts) -> list[tuple[int, TimelineEntry]]:
    """Open tasks of the project with their due dates, the earliest first."""
    mine = {node.task_id for node in facts.nodes}
    found = [(one.due_at, one) for one in facts.plan.entries if one.due_at is not None and one.state != "closed"]
    return sorted((pair for pair in found if pair[1].task_id in mine), key=lambda pair: (pair[0], pair[1].task_id))


def held_up(facts: Facts) -> list[BlockedWeight]:
    """Tasks held by hand, or put off, that others wait for."""
    return [one for one in facts.waits.tasks if facts.is_held(facts.network.number_of[one.task_id])][:3]


def behind(one: BlockedWeight) -> str:
    """What waits for a task: ``2 tasks with 3h of work wait``."""
    verb = "waits" if one.blocked_tasks == 1 else "wait"
    return f"{counted(one.blocked_tasks, 'task')} with {span(one.blocked_minutes)} of work {verb}"


def weights(one: BlockedWeight) -> dict[str, float]:
    """The numbers behind that."""
    return {"blocked_tasks": one.blocked_tasks, "blocked_minutes": one.blocked_minutes, "blocked_weight": one.weight}


def ids_of(found: Iterable[GraphNode | TimelineEntry]) -> list[str]:
    """The ids of these."""
    return [one.task_id for one in found]
