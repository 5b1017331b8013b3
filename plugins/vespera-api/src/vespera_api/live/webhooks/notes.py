"""Notes: how far each webhook is. They stand outside of the log; a webhook without one goes on at the log's end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from vespera_api.live.webhooks.answers import Delivery
from vespera_core.model.basics import Micros
from vespera_core.model.record import record
from vespera_core.ports.storage import Reader

SPACE: Final = "webhook"
RECENT: Final = 20
DEAD: Final = 200
"""How many deliveries are remembered."""


@record(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a webhook is along the log; what is being retried, until when it waits, and since when nothing is taken.

    `again` are places of events that are to be sent once more, `dead` those that were given up.
    """

    position: int
    tries: int = 0
    due: int = 0
    failing_since: int | None = None
    waiting: dict[str, Any] | None = None
    again: tuple[int, ...] = ()
    recent: tuple[dict[str, Any], ...] = ()
    dead: tuple[dict[str, Any], ...] = ()

    def noted(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


def standing_in(memos: Mapping[str, Any], webhook_id: str) -> Standing | None:
    """What is noted of a webhook."""
    kept = memos.get(webhook_id)
    if kept is None:
        return None
    values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in kept.items()}
    return Standing(**values)


def standing_of(reader: Reader, webhook_id: str) -> Standing:
    """How a webhook stands; one of which nothing is noted begins at the end of the log."""
    return standing_in(reader.memos(SPACE), webhook_id) or Standing(position=reader.position())


def delivery_of(kept: Mapping[str, Any]) -> Delivery:
    """A delivery as callers see it."""
    return Delivery(**{**kept, "at": Micros(kept["at"])})
