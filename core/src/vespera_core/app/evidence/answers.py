"""Answers of this room."""

from __future__ import annotations

from vespera_core.model.basics import Micros
from vespera_core.model.evidence import Evidence
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class Item:
    """A piece of evidence, by whom and when; `counts` is false where it came before the last claim or reopening."""

    seq: int
    at: Micros
    actor: str
    evidence: Evidence
    counts: bool


@record(frozen=True, slots=True, kw_only=True)
class EvidenceAnswer:
    """What speaks for a task, newest first: the level it reaches now, and the level that completing it needs."""

    task_id: str
    level: str
    needed: str
    items: tuple[Item, ...]
