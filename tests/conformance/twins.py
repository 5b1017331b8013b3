"""Twins: the same calls on a memory ledger and on a SQLite ledger must answer, or refuse, in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.support import Ledgers
from vespera_core.app.application import Vespera
from vespera_core.errors import VesperaError
from vespera_core.model.public import public

GENERATED = frozenset({"event_id", "hash", "prev_hash", "delete_batch"})
"""Names of values that are random or follow from random ones."""

MAKER = "vespera"
"""Who made the first project: a workspace's comes through the command line, a memory ledger's through Python."""


@dataclass(frozen=True)
class Outcome:
    """What came of a call: the answer (the memory ledger's) and its public JSON, or the code of the refusal."""

    answer: Any
    shown: Any
    code: str | None = None


def normal(value: Any) -> Any:
    """Public JSON with generated values made equal; set or not set still differs."""
    if isinstance(value, dict):
        if value.get("actor") == MAKER:
            value = {**value, "origin": "*"}
        return {key: _masked(item) if key in GENERATED else normal(item) for key, item in value.items()}
    return [normal(item) for item in value] if isinstance(value, list) else value


def _masked(value: Any) -> Any:
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return None if value is None else "*"


def outcome(ledger: Vespera, operation: str, request: Any, key: str | None) -> Outcome:
    """One call on one ledger. What is not a `VesperaError` is a fault of the product and passes."""
    try:
        answer = ledger.call(operation, request, idempotency_key=key)
    except VesperaError as error:
        return Outcome(None, {"class": type(error).__name__, **normal(error.as_json())}, error.code)
    return Outcome(answer, normal(public(answer)))


class Twins:
    """A memory ledger and a SQLite ledger that are told the same."""

    def __init__(self, ledgers: Ledgers) -> None:
        self._ledgers = ledgers
        self.memory = ledgers.open("memory")
        self.sqlite = ledgers.open("sqlite")

    @property
    def both(self) -> tuple[Vespera, Vespera]:
        """Memory first."""
        return self.memory, self.sqlite

    def call(self, operation: str, request: Any, actor: str = "ann", key: str | None = None) -> Outcome:
        """The same call on both; fails where they differ."""
        first, second = (outcome(one.acting_as(actor), operation, request, key) for one in self.both)
        assert first.shown == second.shown, f"the stores differ in {operation} {request} by {actor}"
        return first

    def reopen(self) -> None:
        """Close the SQLite ledger and open its file again."""
        folder = self.sqlite.folder
        assert folder is not None
        self.sqlite.close()
        self.sqlite = self._ledgers.reopen(folder.parent)
