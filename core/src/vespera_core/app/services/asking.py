"""Asking the process that holds an index to do something with it, through notes in the primary store."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from vespera_core.app.projections.digest import Comparison
from vespera_core.errors import EngineFault

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.projections.index import Index
    from vespera_core.ports.storage import Storage

ASKED: Final = "request"
SAID: Final = "reply"
REBUILD, COMPARE, MEND = "rebuild", "compare", "mend"
_POLL: Final = 0.25
_STALE: Final = 3600 * 1_000_000


def with_index(
    kernel: Kernel, index: Index, what: str, seconds: float, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Do something with an index: here where its lock is free, else by the process that holds it.

    Raises EngineFault, also where nothing came of it within `seconds`.
    """
    deadline, asked = time.monotonic() + seconds, ""
    keeps = index.is_open or kernel.engines.hosting
    try:
        while True:
            if index.place.lock.take():
                return done(index, what, progress)
            asked = asked or _ask(kernel, index.key, what)
            reply = _reply(kernel.storage, asked)
            if reply is not None:
                return _answer(reply)
            if time.monotonic() > deadline:
                raise EngineFault(
                    f"The process that holds {index.key} has not answered.", index=index.key,
                    next="Look at it with 'vespera services status', or repeat the command.",
                )  # fmt: skip
            time.sleep(_POLL)
    finally:
        if not keeps:
            index.close()  # a process that only looks leaves the index to those that host it
        if asked:
            _take_back(kernel.storage, asked)


def _ask(kernel: Kernel, index: str, what: str) -> str:
    key = uuid4().hex
    note = {"index": index, "what": what, "pid": os.getpid(), "at": kernel.clock()}
    kernel.storage.write(lambda unit: unit.put_memos(ASKED, {key: note}))
    return key


def _reply(storage: Storage, key: str) -> Mapping[str, Any] | None:
    with storage.read() as reader:
        found: Mapping[str, Any] | None = reader.memos(SAID).get(key)
    return found


def _answer(reply: Mapping[str, Any]) -> dict[str, Any]:
    if "error" in reply:
        raise EngineFault(reply["error"])
    return dict(reply)


def _take_back(storage: Storage, key: str) -> None:
    def work(unit: Any) -> None:
        unit.put_memos(ASKED, {key: None})
        unit.put_memos(SAID, {key: None})

    storage.write(work)


def open_requests(storage: Storage) -> dict[str, dict[str, Any]]:
    """What has been asked for and not been answered yet."""
    with storage.read() as reader:
        asked = reader.memos(ASKED)
        said = reader.memos(SAID) if asked else {}
    return {key: note for key, note in asked.items() if key not in said}


def serve(kernel: Kernel, index: Index, stop: Callable[[], bool]) -> int:
    """Do what others asked for of an index whose lock is ours; answers how much that was."""
    mine = {key: note for key, note in open_requests(kernel.storage).items() if note.get("index") == index.key}
    for key, note in mine.items():
        if kernel.clock() - note.get("at", 0) > _STALE:
            _take_back(kernel.storage, key)
            continue
        try:
            reply = done(index, str(note.get("what")), None, stop)
        except EngineFault as error:
            reply = {"error": error.message}
        kernel.storage.write(lambda unit, key=key, reply=reply: unit.put_memos(SAID, {key: reply}))  # type: ignore[misc]
    return len(mine)


def done(
    index: Index, what: str, progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:  # fmt: skip
    """Rebuild, compare or mend an index whose lock is ours. Raises EngineFault."""
    began = time.monotonic()
    if what == REBUILD:
        if not index.rebuild(progress or (lambda _done, _total: None), stop):
            raise EngineFault(f"{index.key} was not made anew: the process that did it was stopped.")
        comparison = index.compare()
    else:
        if not index.open():
            raise EngineFault(f"{index.key} cannot be opened: {index.fault.rstrip('.')}.")
        comparison = index.mend() if what == MEND else index.compare()
    return {**packed(comparison), "generation": index.checkpoints.live().generation, "pid": os.getpid(),
            "seconds": round(time.monotonic() - began, 3)}  # fmt: skip


def packed(comparison: Comparison) -> dict[str, Any]:
    """A comparison as notes carry it."""
    names = Comparison.__dataclass_fields__
    return {name: list(value) if isinstance(value := getattr(comparison, name), tuple) else value for name in names}


def unpacked(told: Mapping[str, Any]) -> Comparison:
    """The comparison in an answer."""
    names = Comparison.__dataclass_fields__
    values: dict[str, Any] = {name: tuple(one) if isinstance(one := told[name], list) else one for name in names}
    return Comparison(**values)
