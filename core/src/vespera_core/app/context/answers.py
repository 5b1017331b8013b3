"""Answers of this room."""

from __future__ import annotations

from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class ContextSection:
    """One section of a briefing: how many things it could tell, how many it tells whole or in part, and in full how."""

    name: str
    found: int
    told: int
    cut: bool
    more: str


@record(frozen=True, slots=True, kw_only=True)
class ContextAnswer:
    """A briefing as text (Markdown), its size in estimated tokens, and what was left out of each section.

    `position` is the event of the log up to which it holds: the next briefing takes it as `since`.
    """

    task_id: str
    text: str
    tokens: int
    budget: int
    sections: tuple[ContextSection, ...]
    position: int
