"""How a reply is to be told, as the caller asked for it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from vespera_core.errors import InvalidInput
from vespera_core.model.public import HIDDEN
from vespera_core.model.record import record
from vespera_core.model.task import DEPENDS_ON, FIELDS

CONCISE, FULL = DETAILS = ("concise", "full")
LEAST, USUAL, MOST = 100, 2_000, 25_000

OF_TASKS: Final = (*(name for name in FIELDS if name not in HIDDEN), DEPENDS_ON, "relations")
"""Facts that every task has."""
OF_ONE: Final = ("ready", "waits_for", "children", "dependents", "comments")
"""Facts that are looked up where one task is told."""


@record(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reply is to tell: how much of each thing, which facts of tasks, in how many tokens, and from where on."""

    detail: str = CONCISE
    fields: tuple[str, ...] = ()
    budget: int = USUAL
    cursor: str | None = None

    def __post_init__(self) -> None:
        if self.cursor is not None and not isinstance(self.cursor, str):
            raise InvalidInput("cursor is text that a page before this one told.", field="cursor")
        if not isinstance(self.fields, tuple) or not all(isinstance(one, str) for one in self.fields):
            raise InvalidInput("fields is a list of names.", field="fields")
        if self.detail not in DETAILS:
            raise InvalidInput(f"detail is {CONCISE!r} or {FULL!r}, not {self.detail!r:.50}.", field="detail")
        if isinstance(self.budget, bool) or not isinstance(self.budget, int) or not LEAST <= self.budget <= MOST:
            raise InvalidInput(
                f"budget is a whole number of tokens from {LEAST} to {MOST:,}, not {self.budget!r:.50}.", field="budget"
            )
        for name in self.fields:
            if name not in OF_TASKS and name not in OF_ONE:
                raise _unknown(name)

    @property
    def full(self) -> bool:
        """Whether texts are told whole."""
        return self.detail == FULL


@record(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was called, how it is to be told, and when."""

    operation: str
    wanted: Wanted
    now: int


def _unknown(name: str) -> InvalidInput:
    known = (*OF_TASKS, *OF_ONE)
    close = get_close_matches(name[:100], known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}."
    return InvalidInput(f"There is no fact {name!r:.50} of a task; {hint}", field="fields")
