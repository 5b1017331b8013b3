"""How a reply is wanted."""

from __future__ import annotations

from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a reply is to be told."""

    detail: str = "concise"
    fields: tuple[str, ...] = ()
    budget: int = 2000
    cursor: str | None = None
