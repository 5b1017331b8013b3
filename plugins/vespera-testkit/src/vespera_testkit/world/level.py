"""A graph beside a ledger, brought up to it before each question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vespera_core.app.application import Vespera
from vespera_core.app.projections.source import Source
from vespera_core.model.graph import Edge, Structure
from vespera_core.ports.graph import Direction, Graph
from vespera_core.ports.projection import Projection
from vespera_testkit.world.handle import Handle


class Level(Graph):
    """A graph that is brought up to its ledger before each question, as the core does it."""

    def __init__(self, ledger: Vespera, handle: Handle[Graph]) -> None:
        self.ledger = ledger
        self.handle = handle
        self._fed = 0

    @property
    def inner(self) -> Graph:
        """The graph, as it is open now."""
        return self.handle.inner

    def levelled(self) -> Graph:
        """The graph itself, fed with everything that happened meanwhile."""
        if isinstance(self.inner, Projection):
            changes = Source(self.ledger.kernel.storage, None).changes(self._fed, 10**9)
            if changes.tasks or changes.gone:
                self.inner.apply(changes.tasks, changes.gone)
            self._fed = changes.position
        return self.inner

    def structure(self) -> Structure:
        """The position of a projection is known to whoever feeds it."""
        found = self.levelled().structure()
        return replace(found, position=self._fed) if isinstance(self.inner, Projection) else found

    def reach(self, ids: Sequence[str], direction: Direction, hops: int | None = None) -> dict[str, int]:
        return self.levelled().reach(ids, direction, hops)

    def path(self, source: str, target: str) -> list[str]:
        return self.levelled().path(source, target)

    def neighbours(self, task_id: str) -> list[Edge]:
        return self.levelled().neighbours(task_id)

    def close(self) -> None:
        self.handle.close()
