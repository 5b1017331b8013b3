"""What vespera-kuzu offers through the hooks. Importing this module imports no engine."""

from __future__ import annotations

from typing import Any

from vespera_core.hookspecs import hookimpl
from vespera_core.ports.capabilities import DURABLE, QUERY
from vespera_core.ports.graph import Graph
from vespera_core.ports.provider import OpenContext, Provider

SETTINGS: dict[str, Any] = {
    "engine": "auto",
    "buffer_pool_mb": 128,
    "max_db_mb": 4096,
    "threads": 2,
    "query_timeout_seconds": 30,
}


def open_graph(settings: dict[str, Any], context: OpenContext) -> Graph:
    """Open the graph in its folder, or make an empty one there. Raises EngineFault and ConfigError."""
    from vespera_kuzu.graph import KuzuGraph

    return KuzuGraph.open(settings, context)


@hookimpl
def vespera_graphs() -> Provider[Graph]:
    return Provider(
        name="kuzu",
        summary="An embedded graph database with Cypher: Kuzu, or its maintained fork LadybugDB.",
        open=open_graph,
        isolated=True,
        settings=SETTINGS,
        capabilities=frozenset({DURABLE, QUERY}),
    )
