"""List scheduling: who is free takes the most urgent task that can start (Graham 1969).

Work in progress comes first, then whatever has the longest way to the end behind it, then the smaller id. Points
without work (milestones, gates of containers) take nobody and no time.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence

import numpy as np

from vespera_core.analysis.arrays import Ints
from vespera_core.analysis.flow import Flow
from vespera_core.analysis.network import Network
from vespera_core.errors import InvalidInput
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan for a number of agents: points in the order in which they start, start and finish in minutes by point."""

    order: tuple[int, ...]
    start: tuple[int, ...]
    finish: tuple[int, ...]

    @property
    def makespan(self) -> int:
        """The minutes until all is over."""
        return max(self.finish, default=0)


@record(frozen=True, slots=True, kw_only=True)
class Crew:
    """How many can work at once (None: as many as there is work for), and how many of them in each role named.

    A task whose role is named takes one of that role and one of all; other tasks take whoever is free.
    """

    agents: int | None
    capacities: Mapping[str, int]


def crew(agents: int | None, capacities: Mapping[str, int] | None = None) -> Crew:
    """A crew; raises InvalidInput for numbers below 1."""
    for name, count in (("agents", agents), *(capacities or {}).items()):
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
            raise InvalidInput(f"{name} must be a whole number, 1 or more; got {count!r}.", field="agents")
    return Crew(agents=agents, capacities=dict(capacities or {}))


def roles_of(network: Network, flow: Flow, team: Crew) -> list[str | None]:
    """The role of each point whose capacity is bounded, None elsewhere."""
    known = team.capacities
    nodes = network.nodes
    return [
        role if at >= 0 and (role := nodes[at].role) is not None and role in known else None
        for at in flow.task.tolist()
    ]


def urgency(network: Network, flow: Flow, weights: Ints) -> Ints:
    """The rank of each point, 0 the most urgent."""
    behind = flow.backward.longest(weights)
    active = np.array([at >= 0 and network.nodes[at].category == "active" for at in flow.task.tolist()], dtype=np.bool_)
    order = np.lexsort((-behind, ~active)) if len(flow) else np.zeros(0, dtype=np.int64)
    ranks = np.empty(len(flow), dtype=np.int64)
    ranks[order] = np.arange(len(flow))
    return ranks


def list_schedule(
    flow: Flow,
    weights: Ints,
    ranks: Ints,
    team: Crew,
    roles: Sequence[str | None] | None = None,
    floor: Ints | None = None,
) -> Plan:
    """The plan that list scheduling makes of a flow. `floor` are the minutes before which points cannot begin."""
    run = _Run(flow, weights, ranks, team, roles, floor)
    run.run()
    return Plan(order=tuple(run.order), start=tuple(run.start), finish=tuple(run.finish))


class _Run:
    """One simulation: points become available when all before them is over, and are taken up at events."""

    def __init__(
        self, flow: Flow, weights: Ints, ranks: Ints, team: Crew, roles: Sequence[str | None] | None, floor: Ints | None
    ) -> None:
        count = len(flow)
        self.weights, self.ranks = weights.tolist(), ranks.tolist()
        self.point_of = np.argsort(ranks).tolist()
        self.waiting, self.after = flow.before.degrees.tolist(), flow.before.turned.lists
        self.roles = roles if roles is not None and any(roles) else None
        self.floor = [0] * count if floor is None else floor.tolist()
        self.agents = count if team.agents is None else team.agents
        self.spare: dict[str | None, int] = {None: count}
        self.spare.update(team.capacities)
        self.queues: dict[str | None, list[int]] = {}
        self.events: list[tuple[int, int, int]] = []  # minute, 0 for a finish and 1 for a floor passed, point
        self.order: list[int] = []
        self.start, self.finish = [0] * count, [0] * count

    def run(self) -> None:
        sources = [at for at, count in enumerate(self.waiting) if count == 0]
        for at in sources:
            self._begin_waiting(at, 0)
        self._take_up(0)
        while self.events:
            now = self.events[0][0]
            while self.events and self.events[0][0] == now:
                self._happen(*heapq.heappop(self.events))
            self._take_up(now)

    def _happen(self, now: int, kind: int, at: int) -> None:
        if kind:
            self._begin_waiting(at, now)
            return
        self.agents += 1
        self.spare[self.roles[at] if self.roles else None] += 1
        self._over(at, now)

    def _over(self, at: int, now: int) -> None:
        """A point is over: so are, at once, points without work behind it."""
        stack = [at]
        while stack:
            for other in self.after[stack.pop()]:
                self.waiting[other] -= 1
                if self.waiting[other] == 0 and self._available(other, now):
                    stack.append(other)

    def _available(self, at: int, now: int) -> bool:
        """Note that nothing stands before a point any more; whether it is over already, for want of work."""
        if self.floor[at] > now:
            heapq.heappush(self.events, (self.floor[at], 1, at))
            return False
        if self.weights[at] == 0:
            self._begin(at, now)
            return True
        heapq.heappush(self.queues.setdefault(self.roles[at] if self.roles else None, []), self.ranks[at])
        return False

    def _begin_waiting(self, at: int, now: int) -> None:
        if self._available(at, now):
            self._over(at, now)

    def _begin(self, at: int, now: int) -> None:
        self.order.append(at)
        self.start[at], self.finish[at] = now, now + self.weights[at]

    def _take_up(self, now: int) -> None:
        while self.agents:
            heads = [(queue[0], role) for role, queue in self.queues.items() if queue and self.spare[role]]
            if not heads:
                return
            rank, role = min(heads, key=lambda head: head[0])
            heapq.heappop(self.queues[role])
            self.agents -= 1
            self.spare[role] -= 1
            at = self.point_of[rank]
            self._begin(at, now)
            heapq.heappush(self.events, (self.finish[at], 0, at))
