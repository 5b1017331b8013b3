"""The services that ship, by name."""

from __future__ import annotations

from typing import Final

from vespera_core.ports.service import ServiceProvider

_ROOM: Final = "vespera_core.app.services."

SERVICES: Final = tuple(
    ServiceProvider(name=name, summary=summary, service=_ROOM + service)
    for name, service, summary in (
        ("embedding", "following:Embedding", "Embeds the texts of tasks that are new or have changed."),
        ("vectors", "following:Vectors", "Feeds the vector index."),
        ("graph", "following:Graphs", "Feeds the graph."),
        ("projections", "following:Projections", "Feeds the projections of plugins."),
        ("cycle-audit", "upkeep:CycleAudit", "Looks for circles of dependencies."),
        ("optimise", "upkeep:Optimise", "Tidies up the store, old vectors and left-over folders."),
        ("leases", "upkeep:Leases", "Gives tasks back whose lease lapsed long ago."),
        ("health", "health:Health", "Samples latency, lag, memory, disk and errors."),
    )
)

EVENTS: Final = "events-"


def event_service(plugin: str, title: str) -> ServiceProvider:
    """The service that tells one plugin of events: each has its own, so that none waits for another."""
    return ServiceProvider(
        name=EVENTS + plugin, summary=f"Tells {title} of events.", service=_ROOM + "events:EventHandling"
    )
