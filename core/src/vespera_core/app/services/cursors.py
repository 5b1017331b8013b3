"""Cursors: how far each plugin that handles events is along the log, and the events that it could not take.

They are notes in the primary store, in no event and no version. A plugin without one begins at the end of the log; one
that is not loaded for a while keeps its own.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

from vespera_core.model.record import record

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.plugins.status import PluginStatus
    from vespera_core.ports.storage import Storage, UnitOfWork

HOOK: Final = "vespera_handle_event"
SPACE: Final = "events"


@record(frozen=True, slots=True)
class Cursor:
    """The last event that a plugin is done with, and how often it was told of the next in vain."""

    position: int
    tries: int = 0


@record(frozen=True, slots=True, kw_only=True)
class ParkedEvent:
    """An event that a plugin could not take. `again`: it is to be tried once more."""

    seq: int
    kind: str
    tries: int
    error: str
    again: bool = False


class Cursors:
    """The notes on one plugin."""

    def __init__(self, storage: Storage, plugin: str) -> None:
        self._storage = storage
        self._plugin = plugin
        self._parked = f"parked:{SPACE}/{plugin}"

    def look(self) -> Cursor | None:
        """How far the plugin is; None for one that is new."""
        with self._storage.read() as reader:
            kept = reader.memos(SPACE).get(self._plugin)
        return None if kept is None else Cursor(**kept)

    def begin(self) -> Cursor:
        """Put a new plugin at the end of the log."""

        def work(unit: UnitOfWork) -> Cursor:
            cursor = Cursor(unit.position())
            unit.put_memos(SPACE, {self._plugin: asdict(cursor)})
            return cursor

        return self._storage.write(work)

    def move(self, cursor: Cursor, *parked: ParkedEvent) -> None:
        """Note how far the plugin is, and park events, in one transaction."""

        def work(unit: UnitOfWork) -> None:
            unit.put_memos(SPACE, {self._plugin: asdict(cursor)})
            unit.put_memos(self._parked, {_key(one.seq): asdict(one) for one in parked})

        self._storage.write(work)

    def parked(self) -> list[ParkedEvent]:
        """What the plugin could not take, in the order of the log."""
        with self._storage.read() as reader:
            return [ParkedEvent(**kept) for _, kept in sorted(reader.memos(self._parked).items())]

    def settle(self, one: ParkedEvent, error: str | None) -> None:
        """Note what came of trying a parked event once more: it is taken, or stays."""
        kept = None if error is None else asdict(replace(one, tries=one.tries + 1, error=error, again=False))
        self._storage.write(lambda unit: unit.put_memos(self._parked, {_key(one.seq): kept}))

    def try_again(self) -> int:
        """Have all that is parked tried once more; answers how many events that are."""

        def work(unit: UnitOfWork) -> int:
            found = unit.memos(self._parked)
            unit.put_memos(self._parked, {key: {**kept, "again": True} for key, kept in found.items()})
            return len(found)

        return self._storage.write(work)


def _key(seq: int) -> str:
    """Keys sort as the events do."""
    return f"{seq:016d}"


def handlers(kernel: Kernel) -> list[PluginStatus]:
    """The plugins that handle events."""
    return [kernel.plugins.status(name) for name in kernel.plugins.implementers(HOOK)]


def behind(kernel: Kernel, plugin: str) -> int:
    """How many events a plugin is behind."""
    cursor = Cursors(kernel.storage, plugin).look()
    with kernel.storage.read() as reader:
        return 0 if cursor is None else max(0, reader.position() - cursor.position)


def lacking(kernel: Kernel, status: PluginStatus) -> str:
    """What a plugin could not take, in words; empty where it took everything."""
    parked = Cursors(kernel.storage, status.name).parked()
    if not parked:
        return ""
    last = parked[-1]
    place = told(last.seq, last.kind)
    if len(parked) == 1:
        return f"{place} is parked for {status.title}: {last.error}"
    return f"{len(parked)} events are parked for {status.title}, the last of them {place}: {last.error}"


def told(seq: int, kind: str) -> str:
    """An event as messages name it."""
    return f"event {seq} ({kind})"
