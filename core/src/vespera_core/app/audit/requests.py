"""Inputs of the operations on the log as evidence."""

from __future__ import annotations

from vespera_core.app.requests import _Request
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class VerifyLog(_Request):
    """The whole log is walked. `head` is what an earlier walk answered as its head, ``SEQ:HASH``, kept elsewhere."""

    head: str | None = None
