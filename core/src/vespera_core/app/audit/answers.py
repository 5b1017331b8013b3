"""Answers of the operations on the log as evidence."""

from __future__ import annotations

from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class BrokenRow:
    """The first row of the log that is not as it was written: its number, its event's id where it has one, and why.

    A row that is missing is named by the number that it had.
    """

    seq: int
    event_id: str | None = None
    what: str


@record(frozen=True, slots=True, kw_only=True)
class VerifyAnswer:
    """Whether the log holds together, how many rows were walked, and the first that is broken.

    `head` is where the log ends, as ``SEQ:HASH``: kept where nobody who could alter the log can alter it, it proves
    later that everything up to there is still the same. It is None for an empty log and for a broken one.
    """

    intact: bool
    rows: int
    head: str | None = None
    broken: BrokenRow | None = None
