"""Twins: the same calls on a memory ledger and on one under test must answer, or refuse, in the same way."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from vespera_core.app.application import Vespera
from vespera_core.app.unit import Unit
from vespera_core.errors import VesperaError
from vespera_core.model.public import public
from vespera_core.ports.access import Caller
from vespera_core.ports.capabilities import DURABLE
from vespera_testkit.offers import offer_of
from vespera_testkit.world.ledgers import Ledgers

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


def outcome_of(act: Callable[[], Any]) -> Outcome:
    """What comes of `act`. What is not a `VesperaError` is a fault of the product and passes."""
    try:
        answer = act()
    except VesperaError as error:
        return Outcome(None, {"class": type(error).__name__, **normal(error.as_json())}, error.code)
    return Outcome(answer, normal(public(answer)))


@contextmanager
def full_disk() -> Iterator[None]:
    """No file grows or is written to: this process may write no byte at all, in no file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class Twins:
    """A memory ledger, and a ledger on the store under test, that are told the same."""

    def __init__(self, ledgers: Ledgers, store: str = "sqlite") -> None:
        self._ledgers = ledgers
        self._store = store
        self.memory = ledgers.open("memory")
        self.tested = ledgers.open(store)

    @property
    def both(self) -> tuple[Vespera, Vespera]:
        """Memory first."""
        return self.memory, self.tested

    def call(self, operation: str, request: Any, actor: str = "ann", key: str | None = None) -> Outcome:
        """The same call on both; fails where they differ."""
        first, second = (
            outcome_of(partial(one.acting_as(actor).call, operation, request, idempotency_key=key)) for one in self.both
        )
        assert first.shown == second.shown, f"the stores differ in {operation} {request} by {actor}"
        return first

    def write(self, work: Callable[[Unit], Any], actor: str) -> Outcome:
        """The same work in a unit on both; fails where they differ."""
        caller = Caller(actor=actor)
        first, second = (outcome_of(partial(one.kernel.write, caller, "test", work)) for one in self.both)
        assert first.shown == second.shown, f"the stores differ in a unit by {actor}"
        return first

    def write_without_room(self, work: Callable[[Unit], Any], actor: str) -> None:
        """The same work on a disk that takes nothing: only a store with files of its own can tell, and it must."""
        if not self.tested.kernel.storage.figures():
            return
        with full_disk():
            seen = outcome_of(partial(self.tested.kernel.write, Caller(actor=actor), "test", work))
        assert seen.code in ("store", "store_full"), seen

    def reopen(self) -> None:
        """Close the ledger under test and open its workspace again, where its store keeps anything."""
        durable = DURABLE in offer_of("storage", self._store).item.capabilities
        if durable and self.tested.folder is not None:
            folder = self.tested.folder.parent
            self.tested.close()
            self.tested = self._ledgers.reopen(folder, self._store)
