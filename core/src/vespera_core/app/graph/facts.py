"""The facts behind dashboard and insights: one look at a project, or at everything, gathered once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from vespera_core.analysis.bottlenecks import bottlenecks
from vespera_core.analysis.durations import durations_of
from vespera_core.analysis.flow import flow_of
from vespera_core.analysis.health import health
from vespera_core.analysis.ready import Standing, standing
from vespera_core.analysis.results import Bottlenecks, CriticalPath, Health, Timeline
from vespera_core.analysis.schedule import critical_path
from vespera_core.analysis.timeline import timeline
from vespera_core.app.graph.network import in_project, source_of
from vespera_core.app.graph.requests import AskInsights, InProject
from vespera_core.model.basics import SECOND, Micros
from vespera_core.model.event import TASK, EventRow
from vespera_core.model.graph import GraphNode
from vespera_core.model.query import EventQuery
from vespera_core.model.workflow import CANCELLED
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

DAY: Final = 86_400 * SECOND
_MOST_EVENTS: Final = 5_000


class Facts:
    """Everything is found when it is first asked for."""

    def __init__(self, kernel: Kernel, caller: Caller, request: InProject | AskInsights) -> None:
        """Look back a week, unless another moment is asked for. Raises NotFound for a project that is not there."""
        self.kernel = kernel
        self.project_id = in_project(kernel, caller, request)
        self.source = source_of(kernel)
        self.network = self.source.network
        self.now = Micros(kernel.clock())
        since = request.since if isinstance(request, AskInsights) else None
        self.since = Micros(self.now - 7 * DAY) if since is None else since

    @cached_property
    def numbers(self) -> list[int]:
        """The tasks that belong to it."""
        return np.flatnonzero(self.network.of_project(self.project_id)).tolist()

    @cached_property
    def nodes(self) -> list[GraphNode]:
        """The same, as nodes."""
        return [self.network.nodes[at] for at in self.numbers]

    @cached_property
    def open(self) -> list[int]:
        """Those that are open."""
        return [at for at in self.numbers if self.network.open[at]]

    @cached_property
    def stands(self) -> Standing:
        """What can be worked on now."""
        return standing(self.network, self.now)

    def is_held(self, at: int) -> bool:
        """Whether an open task is held by hand, or put off."""
        node = self.network.nodes[at]
        return node.category == "held" or (
            node.category == "todo" and node.defer_until is not None and node.defer_until > self.now
        )

    @cached_property
    def agents(self) -> int:
        """How many are at work now: tasks in progress that are no mere containers, but at least one."""
        container = flow_of(self.network).container
        return max(sum(self.network.nodes[at].category == "active" and not container[at] for at in self.open), 1)

    @cached_property
    def path(self) -> CriticalPath:
        """The critical path."""
        return critical_path(self.network, self.project_id)

    @cached_property
    def waits(self) -> Bottlenecks:
        """Where work waits."""
        return bottlenecks(self.network, self.now, self.project_id, limit=20)

    @cached_property
    def plan(self) -> Timeline:
        """The calendar with the agents there are."""
        return timeline(self.network, self.now, self.project_id, agents=self.agents)

    @cached_property
    def health(self) -> Health:
        """How it is doing."""
        return health(self.network, self.now, self.project_id)

    @cached_property
    def work_minutes(self) -> int:
        """The open work of its own."""
        container = flow_of(self.network).container
        minutes = durations_of(self.network).minutes
        return sum(int(minutes[at]) for at in self.open if not container[at])

    def minutes(self, nodes: Iterable[GraphNode]) -> int:
        """The work of these tasks."""
        minutes = durations_of(self.network).minutes
        return sum(int(minutes[self.network.number_of[node.task_id]]) for node in nodes)

    def made(self, since: int, until: int) -> list[GraphNode]:
        """Tasks made in a span of time."""
        return [node for node in self.nodes if since < node.created_at <= until]

    def closed(self, since: int, until: int) -> list[GraphNode]:
        """Tasks done in a span of time; those given up are not."""
        return [
            node
            for node in self.nodes
            if node.closed_at is not None and since < node.closed_at <= until and node.status != CANCELLED
        ]

    @cached_property
    def events(self) -> list[EventRow]:
        """The last events of tasks in the time looked back over, newest first, at most five thousand."""
        query = EventQuery(project_id=self.project_id, newest_first=True, limit=_MOST_EVENTS)
        found: list[EventRow] = []
        with self.kernel.storage.read() as reader:
            for row in reader.event_rows(query):
                if row.at <= self.since:
                    break
                found.extend([row] if row.entity_type == TASK else [])
        return found
