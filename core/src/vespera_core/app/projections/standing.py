"""How far something derived has followed the log."""

from __future__ import annotations

from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the vectors of a model stand: the position that they have reached, and that of the log.

    `behind` counts events that are still to be followed, all of the log while a model is new. `reason` says why they
    are not, where something is in the way.
    """

    model: str
    position: int
    log: int
    complete: bool
    reason: str = ""

    @property
    def behind(self) -> int:
        return 0 if self.complete else max(1, self.log - self.position)
