"""Who answers: the index that is configured while it is whole and up to date, else what needs only the primary store.

Both give equal answers, so nobody who asks has to care; how fast they are is all that differs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from vespera_core.app.projections.index import Index
from vespera_core.errors import EngineFault, PluginFault, StoreFault, Unsupported
from vespera_core.model.graph import Edge, Structure
from vespera_core.model.query import TaskQuery
from vespera_core.model.record import record
from vespera_core.ports.graph import Direction, Graph, Table
from vespera_core.ports.vectors import Neighbour, VectorIndex

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

T = TypeVar("T")

_PATIENCE: Final = 1.0
"""Seconds that a question waits for its index to catch up with the log."""
_BATCH: Final = 500


@record(frozen=True, slots=True, kw_only=True)
class Answering:
    """Who answers questions of a kind here: `wanted` by the settings, `answers` in fact, and why where they differ.

    `behind` counts events that the wanted index has not seen.
    """

    kind: str
    wanted: str
    answers: str
    reason: str = ""
    behind: int = 0


class Switch:
    """Asks an index while that is possible and right, and says why where it is not."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.reason = ""

    def ask(self, question: Callable[[Any], T], otherwise: Callable[[], T]) -> T:
        """The index's answer, or else the other one."""
        try:
            self.make_ready()
            self._check_whole()
            with self.index.asked() as engine:
                answer = question(engine)
        except (EngineFault, StoreFault) as error:
            self.reason = error.message
        except Unsupported as error:
            self.reason = f"it cannot answer this: {error.message}"
        else:
            self.reason = ""
            return answer
        return otherwise()

    def _check_whole(self) -> None:
        """Raise EngineFault where the index lacks tasks: an answer without them would be another one."""
        if lacking := self.index.lacking():
            raise EngineFault(lacking)

    def make_ready(self) -> None:
        """Open the index and bring it up to the log. Raises EngineFault where that cannot be done at once."""
        if not self.index.open():
            raise EngineFault(self.index.fault)
        if self.index.lag():
            self.index.feed(_PATIENCE, _BATCH)
            if lag := self.index.lag():
                raise EngineFault(f"it is {lag} events behind")


class Absence(Switch):
    """In the place of an index that no plugin offers here: everything is asked of the other one."""

    def __init__(self, fault: PluginFault, kind: str, built_in: str) -> None:
        choice = f"To do without it: 'vespera config set {kind} {built_in}'."
        self.reason = f"{fault.message} {built_in.capitalize()} answers instead. {fault.next} {choice}"
        self._fault = fault

    def ask(self, _question: Callable[[Any], T], otherwise: Callable[[], T]) -> T:
        return otherwise()

    def make_ready(self) -> None:
        """There is none to be made ready. Raises PluginFault."""
        raise self._fault


class SwitchedVectors(VectorIndex):
    """The configured vector index, or the exact one in its place."""

    def __init__(self, switch: Switch, exact: VectorIndex) -> None:
        self.switch = switch
        self._exact = exact

    def nearest(
        self, vector: Matrix, limit: int, scope: TaskQuery | None = None, among: Collection[str] | None = None
    ) -> list[Neighbour]:
        return self.switch.ask(
            lambda engine: engine.nearest(vector, limit, scope, among),
            lambda: self._exact.nearest(vector, limit, scope, among),
        )

    def holds(self, ids: Sequence[str]) -> dict[str, int]:
        return self.switch.ask(lambda engine: engine.holds(ids), lambda: self._exact.holds(ids))

    def count(self) -> int:
        return self.switch.ask(lambda engine: int(engine.count()), self._exact.count)


class SwitchedGraph(Graph):
    """The configured graph, or the in-process one in its place."""

    def __init__(self, switch: Switch, memory: Graph) -> None:
        self.switch = switch
        self._memory = memory

    def structure(self) -> Structure:
        return self.switch.ask(self._placed, self._memory.structure)

    def _placed(self, engine: Graph) -> Structure:
        """The engine's structure, at the position to which it was fed: it cannot know that itself."""
        checkpoints = self.switch.index.checkpoints
        position = checkpoints.position(checkpoints.live().generation)
        return replace(engine.structure(), position=position)

    def reach(self, ids: Sequence[str], direction: Direction, hops: int | None = None) -> dict[str, int]:
        return self.switch.ask(
            lambda engine: engine.reach(ids, direction, hops), lambda: self._memory.reach(ids, direction, hops)
        )

    def path(self, source: str, target: str) -> list[str]:
        return self.switch.ask(lambda engine: engine.path(source, target), lambda: self._memory.path(source, target))

    def neighbours(self, task_id: str) -> list[Edge]:
        return self.switch.ask(lambda engine: engine.neighbours(task_id), lambda: self._memory.neighbours(task_id))

    def query(self, text: str, parameters: Mapping[str, Any] | None = None, limit: int = 1000) -> Table:
        self.switch.make_ready()
        with self.switch.index.asked() as engine:
            table: Table = engine.query(text, parameters, limit)  # type: ignore[attr-defined]
            return table
