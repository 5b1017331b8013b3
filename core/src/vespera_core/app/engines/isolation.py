"""Engines in a child process: the same interfaces, with every call sent over a wire.

A child that dies is started again, unless it has died too often lately: then the engine is down until its index is
made anew. One call at a time; what takes longer than its limit is cut off, which counts as a death.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.engines.child import Opening
from vespera_core.app.engines.wire import Closed, Late, Wire, revived
from vespera_core.app.projections.feeder import EngineDown
from vespera_core.errors import EngineFault
from vespera_core.model.graph import Edge, Structure
from vespera_core.model.query import TaskQuery
from vespera_core.ports.graph import Direction, Graph, Table
from vespera_core.ports.projection import Gone, Projected, Projection
from vespera_core.ports.storage import Finding
from vespera_core.ports.vectors import Neighbour, VectorIndex

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

LIMITS: Final = {"open": 60.0, "load": 600.0, "apply": 300.0, "versions": 120.0, "check": 120.0, "close": 20.0}
_USUAL: Final = 30.0
"""Seconds that a call may take; for `load`, between two signs of life."""
_DEATHS: Final = 8
_WINDOW: Final = 60.0
"""An engine that has died so often within so many seconds is down."""
_PAGE: Final = 500
_LOG_BYTES: Final = 1_000_000


class Engine:
    """The child of one opened index, and the way to call it. Every method may be called from any thread."""

    def __init__(self, opening: Opening, maker: str, lock: int | None) -> None:
        self.maker = maker
        self.needs_vectors = False
        self._opening = opening
        self._lock = lock
        self._calls = RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._wire: Wire | None = None
        self._life = -1
        self._deaths: list[float] = []
        self._closed = False
        with self._calls:
            self._start()

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of the backend. Raises what it raises, or EngineFault; EngineDown where it is no use."""
        with self._calls:
            wire = self._living()
            return self._spoken(lambda: self._asked(wire, method, arguments), method)

    def load(self, tasks: Iterable[Projected]) -> int:
        """Send tasks as the backend asks for them."""
        with self._calls:
            wire = self._living()
            return int(self._spoken(lambda: self._loaded(wire, iter(tasks)), "load"))

    def _asked(self, wire: Wire, method: str, arguments: tuple[Any, ...]) -> Any:
        wire.send((method, arguments))
        return self._answer(wire.receive(LIMITS.get(method, _USUAL)))

    def _loaded(self, wire: Wire, tasks: Iterable[Projected]) -> Any:
        wire.send(("load", ()))
        while True:
            word, answer = wire.receive(LIMITS["load"])
            if word != "more":
                return self._answer((word, answer))
            try:
                page = list(islice(tasks, _PAGE))
            except BaseException:
                self._end()  # the backend waits for more: it cannot be told otherwise
                raise
            wire.send(page or None)

    def _answer(self, told: tuple[str, Any]) -> Any:
        word, answer = told
        if word == "raised":
            raise revived(answer, self.maker)
        return answer

    def _spoken(self, talk: Callable[[], Any], method: str) -> Any:
        try:
            return talk()
        except Late:
            self._end()
            raise self._died(f"did not finish '{method}' in time, and was ended") from None
        except Closed:
            status = self._end()
            raise self._died(f"ended in '{method}' ({_ending(status)})") from None

    def _died(self, how: str) -> EngineFault:
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < _WINDOW] + [now]
        if len(self._deaths) >= _DEATHS:
            return self._down()
        return EngineFault(f"The engine of {self.maker} {how}.", maker=self.maker)

    def _down(self) -> EngineDown:
        return EngineDown(f"The engine of {self.maker} died {len(self._deaths)} times in a minute.", maker=self.maker)

    def _living(self) -> Wire:
        if self._closed:
            raise EngineFault(f"The engine of {self.maker} is closed.", maker=self.maker)
        if self._wire is None:
            if len(self._deaths) >= _DEATHS:
                raise self._down()
            self._start()
        if self._wire is None:  # pragma: no cover - _start raises where it fails
            raise EngineFault(f"The engine of {self.maker} did not start.")
        return self._wire

    def _start(self) -> None:
        asked, answered, life = os.pipe(), os.pipe(), os.pipe()
        theirs = (asked[0], answered[1], life[0])
        try:
            self._process = self._spawn(theirs)
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        self._wire, self._life = Wire(answered[0], asked[1]), life[1]
        self.needs_vectors = self._spoken(self._opened, "open")

    def _opened(self) -> Any:
        wire = self._wire
        if wire is None:  # pragma: no cover
            raise Closed
        wire.send(self._opening)
        word, answer = wire.receive(LIMITS["open"])
        if word == "raised":
            self._end()
            raise revived(answer, self.maker)
        return answer

    def _spawn(self, theirs: tuple[int, ...]) -> subprocess.Popen[bytes]:
        log = Path(self._opening.folder).with_name("engine.log")
        if log.exists() and log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        command = [sys.executable, "-X", "faulthandler", "-m", "vespera_core.app.engines.child", *map(str, theirs)]
        paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        kept = theirs if self._lock is None else (*theirs, self._lock)
        with log.open("ab") as said:
            return subprocess.Popen(  # noqa: S603 - this very interpreter
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, pass_fds=kept, start_new_session=True,
                env={**os.environ, "PYTHONPATH": paths},
            )  # fmt: skip

    def _end(self) -> int | None:
        """End the child at once, whatever it does; answers its exit status."""
        process, wire, life = self._process, self._wire, self._life
        self._process, self._wire, self._life = None, None, -1
        if wire is not None:
            wire.close()
        if life >= 0:
            os.close(life)
        if process is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(0.2)  # one that has died by itself says how
        process.kill()
        process.wait()
        return None

    def close(self) -> None:
        """Let the backend close its files, then end the child; closing twice is fine."""
        with self._calls:
            if not self._closed and self._wire is not None:
                with contextlib.suppress(EngineFault):
                    self.call("close")
            self._closed = True
            self._end()


def _ending(status: int | None) -> str:
    if status is None:
        return "cut off"
    return f"signal {-status}" if status < 0 else f"exit code {status}"


class _IsolatedProjection(Projection):
    """What both proxies share."""

    engine: Engine

    def apply(self, batch: Sequence[Projected], gone: Sequence[Gone]) -> None:
        self.engine.call("apply", list(batch), list(gone))

    def versions(self) -> dict[str, int]:
        found: dict[str, int] = self.engine.call("versions")
        return found

    def load(self, tasks: Iterable[Projected]) -> int:
        return self.engine.load(tasks)

    def check(self) -> list[Finding]:
        found: list[Finding] = self.engine.call("check")
        return found

    def close(self) -> None:
        self.engine.close()


class IsolatedProjection(_IsolatedProjection):
    """A projection of another kind in a child process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine


class IsolatedVectorIndex(_IsolatedProjection, VectorIndex):
    """A vector index in a child process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def nearest(
        self, vector: Matrix, limit: int, scope: TaskQuery | None = None, among: Collection[str] | None = None
    ) -> list[Neighbour]:
        found: list[Neighbour] = self.engine.call("nearest", vector, limit, scope, among)
        return found

    def holds(self, ids: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = self.engine.call("holds", list(ids))
        return found

    def count(self) -> int:
        return int(self.engine.call("count"))


class IsolatedGraph(_IsolatedProjection, Graph):
    """A graph in a child process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def structure(self) -> Structure:
        found: Structure = self.engine.call("structure")
        return found

    def reach(self, ids: Sequence[str], direction: Direction, hops: int | None = None) -> dict[str, int]:
        found: dict[str, int] = self.engine.call("reach", list(ids), direction, hops)
        return found

    def path(self, source: str, target: str) -> list[str]:
        found: list[str] = self.engine.call("path", source, target)
        return found

    def neighbours(self, task_id: str) -> list[Edge]:
        found: list[Edge] = self.engine.call("neighbours", task_id)
        return found

    def query(self, text: str, parameters: Mapping[str, Any] | None = None, limit: int = 1000) -> Table:
        found: Table = self.engine.call("query", text, dict(parameters or {}), limit)
        return found


def isolated(opening: Opening, kind: str, maker: str, lock: int | None) -> Projection:
    """Open a backend in a child process. Raises what its `open` raises, or EngineFault."""
    engine = Engine(opening, maker, lock)
    proxies = {"vectors": IsolatedVectorIndex, "graph": IsolatedGraph}
    proxy = proxies.get(kind, IsolatedProjection)(engine)
    proxy.needs_vectors = engine.needs_vectors  # type: ignore[misc]
    return proxy
