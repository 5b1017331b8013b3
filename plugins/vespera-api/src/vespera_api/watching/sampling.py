"""Sampling: figures that are looked up when somebody asks for them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from prometheus_client import ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vespera_api.watching.figures import SAMPLED, Figure, Figures
from vespera_core.app.roles.capacity import live_claims
from vespera_core.app.session import Session
from vespera_core.errors import VesperaError
from vespera_core.model.workflow import STATUSES
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.bridge import Bridge
    from vespera_core.app.kernel import Kernel

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
OTHER: Final = "other"

Sample = tuple[str, tuple[str, ...], float]
"""The name of a figure, the values of its labels, and its value."""


class Sampler(Collector):
    """Adds what is looked up to a registry. A part that cannot be looked at is left out."""

    def __init__(self, bridge: Bridge, figures: Figures) -> None:
        self._bridge = bridge
        self._figures = figures
        figures.registry.register(self)
        ProcessCollector(registry=figures.registry)

    def text(self) -> bytes:
        """All figures in the text format of Prometheus."""
        return generate_latest(self._figures.registry)

    def describe(self) -> Iterable[Metric]:
        """The families, empty: registering must not look at the store."""
        return [_family(one) for one in SAMPLED]

    def collect(self) -> Iterator[Metric]:
        families = {one.name: _family(one) for one in SAMPLED}
        for look in _LOOKS:
            for name, labels, value in _looked(look, self._bridge):
                families[name].add_metric(labels, value)
        yield from families.values()


def _family(one: Figure) -> GaugeMetricFamily | CounterMetricFamily:
    kind = CounterMetricFamily if one.kind == "counter" else GaugeMetricFamily
    return kind(one.name, one.text, labels=one.labels)


def _looked(look: Callable[[Bridge], Iterable[Sample]], bridge: Bridge) -> list[Sample]:
    try:
        return list(look(bridge))
    except (VesperaError, OSError):
        return []


def _tasks(bridge: Bridge) -> Iterator[Sample]:
    with bridge.kernel.storage.read() as reader:
        rows, position = reader.tally(), reader.position()
    counts = Counter(dict.fromkeys(STATUSES, 0))
    for row in rows:
        counts[row.status if row.status in STATUSES else OTHER] += row.tasks
    yield from (("vespera_tasks_total", (status,), count) for status, count in counts.items())
    yield "vespera_log_position", (), position


def _roles(bridge: Bridge) -> Iterator[Sample]:
    """Roles that are defined, and hold so many tasks at most; what tasks name besides is not counted."""
    kernel = bridge.kernel
    catalogue = kernel.roles.catalogue()
    with kernel.storage.read() as reader:
        session = Session(reader, Caller(actor="metrics"), kernel.clock())
        for name, role in catalogue.roles.items():
            if role.max_concurrent_tasks:
                live = live_claims(session, name)
                yield "vespera_role_utilization", (name,), live / role.max_concurrent_tasks


def _projections(bridge: Bridge) -> Iterator[Sample]:
    kernel: Kernel = bridge.kernel
    yield "vespera_projection_lag_events", ("embeddings",), kernel.engines.embeddings().standing().behind
    for index in kernel.engines.indexes():
        if index.checkpoints.live().generation:
            yield "vespera_projection_lag_events", (index.key,), index.behind()
            yield "vespera_projection_parked_tasks", (index.key,), len(index.checkpoints.parked())


def _store(bridge: Bridge) -> Iterator[Sample]:
    for part, size in bridge.kernel.storage.figures().items():
        yield "vespera_store_bytes", (part,), size


def _process(bridge: Bridge) -> Iterator[Sample]:
    for name, cache in bridge.kernel.engines.cache_figures().items():
        yield "vespera_cache_hits_total", (name,), cache.hits
        yield "vespera_cache_misses_total", (name,), cache.misses
        yield "vespera_cache_entries", (name,), cache.held
    for pool, waiting in bridge.waiting().items():
        yield "vespera_bridge_queue_depth", (pool,), waiting
    yield "vespera_process_threads", (), threading.active_count()


_LOOKS: Final = (_tasks, _roles, _projections, _store, _process)
