"""What vespera-sentence-transformers offers through the hooks. Importing this module imports no model library."""

from __future__ import annotations

from typing import Any

from vespera_core.hookspecs import hookimpl
from vespera_core.ports.embedder import Embedder
from vespera_core.ports.provider import OpenContext, Provider

SETTINGS: dict[str, Any] = {"model": "", "device": "auto", "batch": 64}


def _open(settings: dict[str, Any], _context: OpenContext) -> Embedder:
    from vespera_sentence_transformers.embedder import open_embedder

    return open_embedder(settings)


@hookimpl
def vespera_embedders() -> Provider[Embedder]:
    return Provider(
        name="sentence-transformers",
        summary="A sentence-transformers model of this machine (a folder or an installed package); never a download.",
        open=_open,
        settings=SETTINGS,
    )
