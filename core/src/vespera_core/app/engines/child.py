"""The process that runs one engine, so that a crash or a stall of it touches nobody else.

It is started as ``python -m vespera_core.app.engines.child READING WRITING LIFE`` with three inherited pipes. It ends
when its parent closes them or dies; an engine that does not let it is cut off.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from vespera_core.app.engines.wire import Closed, Wire, described
from vespera_core.app.projections.crash import crash_point
from vespera_core.ports.projection import Projected, Projection
from vespera_core.ports.provider import OpenContext

_GRACE: Final = 5.0
"""Seconds that a call of the engine may go on after the parent's death."""


class Opening(NamedTuple):
    """What the child is to open."""

    open: Callable[[dict[str, Any], OpenContext], Any]
    settings: dict[str, Any]
    folder: str
    name: str
    dimension: int
    model: str


def clock() -> int:
    """The present moment in microseconds since the epoch, UTC."""
    return time.time_ns() // 1000


def main(reading: int, writing: int, life: int) -> None:
    """Open what the parent asks for and answer its calls until it is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the terminal's Ctrl-C is for the parent, which then closes us
    threading.Thread(target=_outlive, args=(life,), daemon=True).start()
    wire = Wire(reading, writing)
    try:
        backend = _opened(wire, wire.receive())
        while backend is not None and _answer(wire, backend, *wire.receive()):
            pass
    except Closed:
        if "backend" in locals() and backend is not None:
            backend.close()


def _outlive(life: int) -> None:
    """End with the parent, whose end of this pipe closes when it dies, however busy the engine is."""
    while os.read(life, 1):
        pass
    time.sleep(_GRACE)
    os._exit(1)


def _opened(wire: Wire, opening: Opening) -> Any:
    context = OpenContext(
        Path(opening.folder), clock, name=opening.name, dimension=opening.dimension, model=opening.model
    )
    try:
        backend = opening.open(opening.settings, context)
    except Exception as error:
        wire.send(("raised", described(error)))
        return None
    wire.send(("opened", isinstance(backend, Projection) and backend.needs_vectors))
    return backend


def _answer(wire: Wire, backend: Any, method: str, arguments: tuple[Any, ...]) -> bool:
    """One call; answers whether there may be more."""
    crash_point(f"child-{method}")
    try:
        answer = backend.load(_sent(wire)) if method == "load" else getattr(backend, method)(*arguments)
    except Closed:
        raise
    except Exception as error:
        wire.send(("raised", described(error)))
    else:
        wire.send(("answer", answer))
    return method != "close"


def _sent(wire: Wire) -> Iterator[Projected]:
    """Tasks that the parent sends on demand, a page at a time."""
    while True:
        wire.send(("more", None))
        page = wire.receive()
        if page is None:
            return
        crash_point("child-page")
        yield from page


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
