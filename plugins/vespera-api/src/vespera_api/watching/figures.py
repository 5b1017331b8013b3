"""Figures: what is counted and timed, under names and types that are a contract.

No label holds what a caller can make up: routes are templates, operations are those of the table, statuses and roles
are looked up in what is defined. So there are as many series as the server has parts, whatever is sent to it.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_QUICK: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Figure(NamedTuple):
    """One metric: its name, its type as Prometheus names it, its labels, and what it says."""

    name: str
    kind: str
    labels: tuple[str, ...]
    text: str


COUNTED: Final = (
    Figure("vespera_http_request_duration_seconds", "histogram", ("method", "route", "status"),
           "Requests by route template and class of status."),
    Figure("vespera_http_requests_in_progress", "gauge", (), "Requests that are being answered."),
    Figure("vespera_operations_total", "counter", ("operation", "result"), "Operations by how they ended."),
    Figure("vespera_writes_total", "counter", ("operation",), "Operations that wrote, and succeeded."),
    Figure("vespera_claims_total", "counter", ("result",), "Claims: taken, reclaimed from a lapsed lease, or none."),
    Figure("vespera_search_duration_seconds", "histogram", ("type",), "Searches by what they looked at."),
    Figure("vespera_projection_batches_total", "counter", ("projection", "result"), "Batches that indexes took."),
    Figure("vespera_service_runs_total", "counter", ("service", "result"), "Runs of background services."),
    Figure("vespera_rate_limited_total", "counter", ("category",), "Requests that a limit refused."),
    Figure("vespera_websocket_connections", "gauge", (), "WebSockets that are open."),
    Figure("vespera_live_messages_total", "counter", ("channel",), "Messages to whoever follows the log."),
    Figure("vespera_webhook_deliveries_total", "counter", ("result",), "Deliveries to webhooks by how they ended."),
    Figure("vespera_build_info", "gauge", ("version",), "Always 1: the version of the server."),
)  # fmt: skip
"""What is counted as it happens."""

SAMPLED: Final = (
    Figure("vespera_tasks_total", "gauge", ("status",), "Live tasks by status."),
    Figure("vespera_log_position", "gauge", (), "The number of the last event of the log."),
    Figure("vespera_role_utilization", "gauge", ("role",), "Live claims of a role by its capacity."),
    Figure("vespera_projection_lag_events", "gauge", ("projection",), "Events that an index has still to take."),
    Figure("vespera_projection_parked_tasks", "gauge", ("projection",), "Tasks that an index could not take."),
    Figure("vespera_store_bytes", "gauge", ("part",), "Sizes of the store: its file, its log, what is free."),
    Figure("vespera_cache_hits_total", "counter", ("cache",), "Answers that a cache had."),
    Figure("vespera_cache_misses_total", "counter", ("cache",), "Answers that a cache did not have."),
    Figure("vespera_cache_entries", "gauge", ("cache",), "Answers that a cache holds."),
    Figure("vespera_bridge_queue_depth", "gauge", ("pool",), "Operations that wait for a thread."),
    Figure("vespera_process_threads", "gauge", (), "Threads of the process."),
)  # fmt: skip
"""What is looked up when somebody asks, at most once in a few seconds."""

_KINDS: Final[dict[str, Any]] = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}


class Figures:
    """The figures of one server, in a registry of their own. Every method may be called from any thread."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self._all = {one.name: self._made(one) for one in COUNTED}
        self._requests: dict[tuple[str, str, int], Any] = {}
        self._children: dict[tuple[str, tuple[str, ...]], Any] = {}
        self._in_progress = self._all["vespera_http_requests_in_progress"]
        self._all["vespera_build_info"].labels(version("vespera-api")).set(1)

    def _made(self, one: Figure) -> Any:
        more = {"buckets": _QUICK} if one.kind == "histogram" else {}
        return _KINDS[one.kind](one.name, one.text, one.labels, registry=self.registry, **more)

    def begin_request(self) -> None:
        """A request has come."""
        self._in_progress.inc()

    def end_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """It was answered; `route` is a template, never a path."""
        self._in_progress.dec()
        key = (method, route, status // 100)
        child = self._requests.get(key)
        if child is None:
            shown = method if method in _METHODS else "other"
            histogram = self._all["vespera_http_request_duration_seconds"]
            child = self._requests[shown, route, key[2]] = histogram.labels(shown, route, f"{key[2]}xx")
        child.observe(seconds)

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """Count one more of a counter of `COUNTED`."""
        child = self._children.get((name, labels))
        if child is None:
            child = self._children[name, labels] = self._all[name].labels(*labels)
        child.inc(by)

    def time(self, name: str, seconds: float, *labels: str) -> None:
        """Note a duration in a histogram of `COUNTED`."""
        self._all[name].labels(*labels).observe(seconds)

    def websocket(self, change: int) -> None:
        """A WebSocket was accepted (1), or one that was accepted has ended (-1)."""
        self._all["vespera_websocket_connections"].inc(change)


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
