"""The services that follow the log: embedding what is new, and feeding every index."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast
from weakref import WeakKeyDictionary

from vespera_core.app.projections.embedding import SPACE
from vespera_core.app.projections.index import Index
from vespera_core.app.services import asking
from vespera_core.errors import EngineFault, VesperaError
from vespera_core.ports.service import Ledger, Report, Service
from vespera_core.ports.storage import Storage

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

_RETRY = 2.0
"""Seconds between two tries to open an index that another process holds."""
Glance = tuple[int, tuple[tuple[str, str], ...], tuple[str, ...]]

_SLICE = 5.0
"""Seconds of one run: after that the service says how it stands, and goes on."""


_glances: WeakKeyDictionary[Storage, tuple[float, Glance]] = WeakKeyDictionary()
_FRESH = 0.2
"""Seconds that one look at the store serves all services of the process."""


def glance(storage: Storage) -> Glance:
    """What makes work for these services: the log's position, that of each model's vectors, and what was asked for."""
    now = time.monotonic()
    at, seen = _glances.get(storage, (0.0, None))
    if seen is None or now - at > _FRESH:
        with storage.read() as reader:
            notes = reader.memos(SPACE)
            vectors = tuple(sorted((key, str(kept)) for key, kept in notes.items() if key.startswith("embeddings:")))
            seen = (reader.position(), vectors, tuple(sorted(reader.memos(asking.ASKED))))
        _glances[storage] = now, seen
    return seen


class Embedding(Service):
    """Embeds the texts of tasks that are new or have changed."""

    defaults: ClassVar[dict[str, Any]] = {"interval": 60.0, "batch_size": 100, "workers": 4}

    def __init__(self, ledger: Ledger, settings: dict[str, Any]) -> None:
        super().__init__(ledger, settings)
        self._kernel = cast("Kernel", ledger)

    def run(self, stop: Callable[[], bool]) -> Report:
        keeper = self._kernel.engines.embeddings(largest=self.settings["batch_size"], workers=self.settings["workers"])
        before = keeper.standing()
        after = keeper.catch_up(_SLICE, stop)
        if after.reason:
            raise EngineFault(f"The vectors are {after.behind} events behind: {after.reason}")
        done = after.position - before.position
        return Report(done=done, text=f"model {after.model}", lag=after.behind, again=not after.complete)

    def pulse(self) -> object:
        return glance(self.ledger.storage)[0]


class Feeding(Service):
    """Feeds indexes of one kind, makes them anew where they are damaged, and compares them now and then."""

    defaults: ClassVar[dict[str, Any]] = {"interval": 60.0, "batch_size": 100, "compare_every": 600.0}

    def __init__(self, ledger: Ledger, settings: dict[str, Any]) -> None:
        super().__init__(ledger, settings)
        self._kernel = cast("Kernel", ledger)
        self._compared = time.monotonic()

    def indexes(self) -> list[Index]:
        """What this service feeds."""
        raise NotImplementedError

    def run(self, stop: Callable[[], bool]) -> Report:
        """Tend every index; one that fails does not hold up the others."""
        reports: list[Report] = []
        faults: list[VesperaError] = []
        for index in self.indexes():
            try:
                reports.append(self._tended(index, stop))
            except VesperaError as error:
                faults.append(error)
        if faults:
            raise faults[0]
        return Report(
            done=sum(one.done for one in reports),
            text="; ".join(one.text for one in reports) or "there is nothing to feed",
            lag=max((one.lag for one in reports), default=0),
            again=any(one.again for one in reports),
        )

    def _tended(self, index: Index, stop: Callable[[], bool]) -> Report:
        if not index.open() and not index.damage:
            return Report(text=f"{index.key}: {index.fault}", lag=index.behind())
        made = self._made_anew(index, stop) if index.damage else 0
        served = asking.serve(self._kernel, index, stop) if index.is_open else 0
        if not index.is_open:
            return Report(done=made, text=f"{index.key}: {index.fault}", lag=index.behind())
        before = index.lag()
        index.feed(_SLICE, self.settings["batch_size"], stop)
        self._compare(index, stop)
        left = index.lag()
        parked = len(index.checkpoints.parked())
        text = f"{index.key} g{index.checkpoints.live().generation}" + (f", {parked} parked" if parked else "")
        return Report(done=max(0, before - left) + made + served, text=text, lag=index.behind(), again=left > 0)

    def _made_anew(self, index: Index, stop: Callable[[], bool]) -> int:
        if not index.source.is_walkable():
            return 0  # the vectors of a new model come first
        index.rebuild(stop=stop)
        return index.count()

    def _compare(self, index: Index, stop: Callable[[], bool]) -> None:
        if time.monotonic() - self._compared > self.settings["compare_every"] and not stop():
            self._compared = time.monotonic()
            index.mend()

    def pulse(self) -> object:
        """Without the lock of an index there is no telling when it becomes free: then time itself is the pulse."""
        indexes = self.indexes()
        waits = any(not one.is_open for one in indexes)
        return (glance(self.ledger.storage), waits and int(time.monotonic() / _RETRY)) if indexes else None


class Vectors(Feeding):
    """Feeds the configured vector index."""

    def indexes(self) -> list[Index]:
        index = self._kernel.engines.index("vectors")
        return [] if index is None else [index]


class Graphs(Feeding):
    """Feeds the configured graph."""

    def indexes(self) -> list[Index]:
        index = self._kernel.engines.index("graph")
        return [] if index is None else [index]


class Projections(Feeding):
    """Feeds the projections that plugins offer."""

    def indexes(self) -> list[Index]:
        return self._kernel.engines.projections()
