"""Wanted: which events a subscription is for."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Final

from vespera_api.live.items import Item
from vespera_core.errors import InvalidInput
from vespera_core.model.record import record

MAX_KINDS: Final = 20
_PATTERN: Final = re.compile(r"[a-z_*][a-z0-9_.*-]{0,99}")


@record(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Filters, each of which narrows the others; none lets everything through.

    `kinds` are kinds of events, or patterns of them such as ``task.*``, any of which has to fit.
    """

    project: str | None = None
    role: str | None = None
    kinds: tuple[str, ...] = ()

    def fits(self, item: Item) -> bool:
        """Whether an event is wanted."""
        return (
            self.project in (None, item.project_id)
            and (self.role is None or self.role in item.roles)
            and self.names(item.kind)
        )

    def names(self, kind: str) -> bool:
        """Whether a kind of event is among those that are wanted."""
        return not self.kinds or any(fnmatchcase(kind, one) for one in self.kinds)


def wanted(project: str | None, role: str | None, kinds: tuple[str, ...]) -> Wanted:
    """The filters that a caller names. Raises InvalidInput."""
    if len(kinds) > MAX_KINDS:
        raise InvalidInput(f"At most {MAX_KINDS} kinds are named; leave them out for all.", field="kinds")
    if not all(_PATTERN.fullmatch(kind) for kind in kinds):
        raise InvalidInput(
            "A kind is written like 'task.created', or as a pattern like 'task.*'.", field="kinds",
            next="See the kinds of events in the log: GET /api/v1/events.",
        )  # fmt: skip
    for field, value in (("project", project), ("role", role)):
        if value is not None and not (0 < len(value) <= 200 and value.isprintable()):
            raise InvalidInput(f"{field} must be 1 to 200 printable characters.", field=field)
    return Wanted(project=project, role=role, kinds=kinds)
