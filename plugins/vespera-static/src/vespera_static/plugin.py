"""What vespera-static offers through the hooks. Importing this module imports no numpy and reads no table."""

from __future__ import annotations

from typing import Any

from vespera_core.hookspecs import hookimpl
from vespera_core.ports.embedder import Embedder
from vespera_core.ports.provider import OpenContext, Provider


def _open(_settings: dict[str, Any], _context: OpenContext) -> Embedder:
    from vespera_static.embedder import open_embedder

    return open_embedder()


@hookimpl
def vespera_embedders() -> Provider[Embedder]:
    return Provider(
        name="static",
        summary="A table of token vectors (256 numbers each), distilled from all-MiniLM-L6-v2; needs numpy alone.",
        open=_open,
    )
