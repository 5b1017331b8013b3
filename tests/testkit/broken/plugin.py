"""What the broken plugin offers: every broken class under its own name, and a sound one of each kind beside them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from testkit.broken import graphs, storages, vectors
from vespera_core.hookspecs import hookimpl
from vespera_core.ports.provider import Provider


@hookimpl
def vespera_storages() -> Iterable[Provider[Any]]:
    return storages.providers()


@hookimpl
def vespera_vector_indexes() -> Iterable[Provider[Any]]:
    return vectors.providers()


@hookimpl
def vespera_graphs() -> Iterable[Provider[Any]]:
    return graphs.providers()
