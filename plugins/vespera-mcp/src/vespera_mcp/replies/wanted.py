"""Wanted: how a reply is to be told."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from vespera_core.errors import InvalidInput
from vespera_core.model.public import HIDDEN
from vespera_core.model.record import record
from vespera_core.model.task import FIELDS

CONCISE: Final = "concise"
FULL: Final = "full"
DETAILS: Final = (CONCISE, FULL)

BUDGET: Final = 2_000
LEAST, MOST = 100, 25_000
"""Model tokens of a reply: what is usual, and the bounds of what can be asked for."""

COLUMNS: Final = (*(name for name in FIELDS if name not in HIDDEN), "depends_on", "relations")
"""What can be told of a task."""


@record(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a reply is to be told: in how much detail, which facts of tasks alone, and within how many model tokens.

    `cursor` is the one that the page was asked for with.
    """

    detail: str = CONCISE
    fields: tuple[str, ...] = ()
    budget: int = BUDGET
    cursor: str | None = None

    @property
    def is_full(self) -> bool:
        """Whether everything is to be told."""
        return self.detail == FULL


def check_wanted(wanted: Wanted) -> None:
    """Raises InvalidInput for what no reply can be."""
    if wanted.detail not in DETAILS:
        raise InvalidInput(f"detail must be one of: {', '.join(DETAILS)}.", field="detail", next="Leave it out.")
    if isinstance(wanted.budget, bool) or not isinstance(wanted.budget, int) or not LEAST <= wanted.budget <= MOST:
        raise InvalidInput(
            f"budget is a whole number of tokens from {LEAST} to {MOST:,}.", field="budget", next="Leave it out."
        )
    if wanted.cursor is not None and not isinstance(wanted.cursor, str):
        raise InvalidInput("cursor is text that a page before this one told.", field="cursor", next="Leave it out.")
    if not isinstance(wanted.fields, tuple) or not all(isinstance(one, str) for one in wanted.fields):
        raise InvalidInput("fields is a list of names.", field="fields", next="Leave it out.")
    for name in wanted.fields:
        if name not in COLUMNS:
            close = get_close_matches(name[:100], COLUMNS, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(COLUMNS)}."
            raise InvalidInput(f"Tasks have no field {name[:100]!r}.", field="fields", next=hint)
