"""Opening an index: an empty folder is filled with an empty index, a filled one is looked through first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from vespera_chroma.client import Connection, address, engine_name
from vespera_chroma.faults import engine, fault
from vespera_chroma.index import ChromaIndex
from vespera_chroma.manifest import READY, Manifest, broken_seals, check_manifest, read_manifest
from vespera_core.errors import ConfigError
from vespera_core.ports.provider import OpenContext

_HNSW: Final = {"ef_construction": (4, 4096), "max_neighbors": (2, 512), "ef_search": (4, 4096)}
"""The engine's own parameters, and between which numbers they make sense."""
_SHORTEST_NAME: Final = 3


def open_index(settings: Mapping[str, Any], context: OpenContext) -> ChromaIndex:
    """The index of `context.folder`. Raises ConfigError for settings, EngineFault for files that cannot be used."""
    hnsw, url, folder = _hnsw(settings), str(settings["url"]), _folder(context)
    if url:
        address(url)
    wanted = Manifest(
        engine=engine_name(), model=context.model, dimension=context.dimension, collection=_name(context), url=url
    )
    with engine("read the folder of the index"):
        found = read_manifest(folder)
    if found is None:
        return ChromaIndex(folder, _made(folder, wanted, hnsw))
    check_manifest(found, wanted)
    if broken := broken_seals(folder, found):
        raise fault(f"Files of the index are not as they were written: {'; '.join(broken[:3])}.")
    return ChromaIndex(folder, _found(folder, found, hnsw))


def _made(folder: Path, manifest: Manifest, hnsw: Mapping[str, int]) -> Connection:
    with engine("make an empty index"):
        manifest.write(folder)
        connection = Connection(folder, manifest, hnsw)
        try:
            connection.create()
            connection.manifest = manifest.write(folder, state=READY)
        except BaseException:
            connection.close()
            raise
    return connection


def _found(folder: Path, manifest: Manifest, hnsw: Mapping[str, int]) -> Connection:
    connection = Connection(folder, manifest, hnsw)
    try:
        connection.find()
        _start_reading(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _start_reading(connection: Connection) -> None:
    """Have the engine read its graph and replay its log now: what it chokes on shows here."""
    with engine("read its files"):
        if connection.main.count():
            anything = np.eye(1, connection.manifest.dimension, dtype=np.float32)
            connection.main.query(query_embeddings=anything, n_results=1, include=[])


def _folder(context: OpenContext) -> Path:
    if context.folder is None:
        raise ConfigError("An index on Chroma needs a folder.", next="Use the vector index 'exact' without one.")
    context.folder.mkdir(parents=True, exist_ok=True)
    return context.folder


def _name(context: OpenContext) -> str:
    """The core's name, which is unlike any other; the engine wants three characters or more."""
    return context.name if len(context.name) >= _SHORTEST_NAME else f"vespera-{context.name or 'index'}"


def _hnsw(settings: Mapping[str, Any]) -> dict[str, int]:
    for name, (least, most) in _HNSW.items():
        value = settings[name]
        if type(value) is not int or not least <= value <= most:
            raise ConfigError(
                f"[vectors.chroma] {name} is {value!r}; it must be a whole number from {least} to {most}.",
                next="Correct it in .vespera/config.toml, or leave it out.",
            )
    return {name: settings[name] for name in _HNSW}
