"""A fork: the nodes and dependencies of a network, to be changed in memory and analysed again. Nothing is written."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from vespera_core.analysis.network import Derived, Network
from vespera_core.analysis.overlay import overlaid
from vespera_core.model.basics import Micros
from vespera_core.model.graph import GraphNode
from vespera_core.model.workflow import CANCELLED, COMPLETED


class Moment(NamedTuple):
    """The start or the finish of a task."""

    task_id: str
    finish: bool


class Fork:
    """Tasks by id with what they depend on and their children. Relations of other kinds are left behind.

    Only what changes is copied: rows of dependencies are overlaid, and the network of the fork shares the arrays of the
    one that it came from. A what-if of a few changes then costs little more than the schedule itself.
    """

    def __init__(self, network: Network) -> None:
        self._base = network
        self.nodes: dict[str, GraphNode] = dict(zip(network.ids, network.nodes, strict=True))
        self._changed: dict[str, None] = {}
        self._rows: dict[str, dict[str, None]] = {}
        self._added: dict[str, dict[str, None]] = {}

    def row(self, task_id: str) -> dict[str, None]:
        """What a task depends on, to be changed in place."""
        if task_id not in self._rows:
            at = self._base.number_of.get(task_id)
            numbers = () if at is None else self._base.needs.lists[at]
            self._rows[task_id] = dict.fromkeys(self._base.names(numbers))
        return self._rows[task_id]

    def needs(self, task_id: str) -> list[str]:
        """What a task depends on, sorted."""
        if task_id in self._rows:
            return sorted(self._rows[task_id])
        return list(self._base.names(self._base.needs.lists[self._base.number_of[task_id]]))

    def below(self, task_id: str) -> list[str]:
        """A task's children that are there, sorted."""
        at = self._base.number_of.get(task_id)
        numbers = () if at is None else self._base.children.lists[at]
        return sorted(one for one in (*self._base.names(numbers), *self._added.get(task_id, ())) if one in self.nodes)

    def network(self) -> Derived:
        """The network of the fork as it stands."""
        return overlaid(self._base, {one: self.nodes.get(one) for one in self._changed}, self._rows)

    def update(self, task_id: str, **values: Any) -> None:
        """Give a task other values."""
        self.nodes[task_id] = self.nodes[task_id]._replace(**values)
        self._changed[task_id] = None

    def close(self, task_id: str, now: Micros, *, cancelled: bool = False) -> None:
        """Close a task. Its start is forgotten, so that what is only supposed teaches nothing about durations."""
        status = CANCELLED if cancelled else COMPLETED
        self.update(task_id, status=status, category="closed", closed_at=now, started_at=None)

    def branch(self, task_id: str) -> list[str]:
        """A task and everything below it, parents first."""
        found = {task_id: None}
        queue = [task_id]
        for one in queue:
            below = [child for child in self.below(one) if child not in found]
            found.update(dict.fromkeys(below))
            queue.extend(below)
        return queue

    def delete(self, ids: Iterable[str]) -> None:
        """Take tasks away, with their relations."""
        for one in ids:
            del self.nodes[one]
            self._rows[one] = {}
            self._changed[one] = None

    def add(self, node: GraphNode) -> None:
        """Add a task that depends on nothing yet."""
        self.nodes[node.task_id] = node
        self._rows[node.task_id] = {}
        self._changed[node.task_id] = None
        if node.parent_id is not None:
            self._added.setdefault(node.parent_id, {})[node.task_id] = None

    def circle_by(self, task_id: str, target: str) -> tuple[str, ...]:
        """The circle that a dependency of a task on a target would close, each waiting for the next; empty for none.

        Closed tasks count, as they do when a dependency is written.
        """
        source, goal = Moment(target, finish=True), Moment(task_id, finish=False)
        came: dict[Moment, Moment] = {source: source}
        queue = deque([source])
        while queue and goal not in came:
            at = queue.popleft()
            for other in self._awaited(at):
                if other not in came:
                    came[other] = at
                    queue.append(other)
        return self._trail(came, goal, source) if goal in came else ()

    def _awaited(self, at: Moment) -> Iterator[Moment]:
        if at.finish:
            yield Moment(at.task_id, finish=False)
            for child in self.below(at.task_id):
                yield Moment(child, finish=True)
            return
        for target in self.needs(at.task_id):
            if target in self.nodes:
                yield Moment(target, finish=True)
        parent = self.nodes[at.task_id].parent_id
        if parent is not None and parent in self.nodes:
            yield Moment(parent, finish=False)

    @staticmethod
    def _trail(came: dict[Moment, Moment], goal: Moment, source: Moment) -> tuple[str, ...]:
        """The tasks from the source to the goal, neighbours that repeat drawn together, the goal first."""
        ids = [goal.task_id]
        at = goal
        while at != source:
            at = came[at]
            if at.task_id != ids[-1]:
                ids.append(at.task_id)
        return (ids[0], *ids[:0:-1])
