"""What vespera-chroma offers through the hooks. Importing this module imports no engine."""

from __future__ import annotations

from typing import Any

from vespera_core.hookspecs import hookimpl
from vespera_core.ports.capabilities import APPROXIMATE, DURABLE
from vespera_core.ports.provider import OpenContext, Provider
from vespera_core.ports.vectors import VectorIndex

# Texts of tasks repeat, and equal vectors fill each other's links: with 16 links, as Chroma has it, up to 74 of 2,295
# real tasks were reached by no query. With these all of them are, for about 1.5 times the time of building.
SETTINGS: dict[str, Any] = {"url": "", "ef_construction": 400, "max_neighbors": 32, "ef_search": 200}


def open_index(settings: dict[str, Any], context: OpenContext) -> VectorIndex:
    """Open the index of a folder, or of a Chroma server; an empty place is filled with an empty index."""
    from vespera_chroma.opening import open_index as opened

    return opened(settings, context)


@hookimpl
def vespera_vector_indexes() -> Provider[VectorIndex]:
    return Provider(
        name="chroma",
        summary="Chroma: approximate nearest neighbours (HNSW) for more than 50,000 tasks, embedded or on a server.",
        open=open_index,
        isolated=True,
        settings=SETTINGS,
        capabilities=frozenset({DURABLE, APPROXIMATE}),
    )
