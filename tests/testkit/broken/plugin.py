"""What the broken plugin offers: every broken class under its own name, and a sound one of each kind beside them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from testkit.broken import embedders, executors, graphs, roles, services, storages, transports, vectors
from vespera_core.hookspecs import hookimpl
from vespera_core.ports.provider import Provider
from vespera_core.ports.roles import RoleTemplates
from vespera_core.ports.service import ServiceProvider
from vespera_core.ports.transport import Transport


@hookimpl
def vespera_storages() -> Iterable[Provider[Any]]:
    return storages.providers()


@hookimpl
def vespera_vector_indexes() -> Iterable[Provider[Any]]:
    return vectors.providers()


@hookimpl
def vespera_graphs() -> Iterable[Provider[Any]]:
    return graphs.providers()


@hookimpl
def vespera_embedders() -> Iterable[Provider[Any]]:
    return embedders.providers()


@hookimpl
def vespera_role_templates() -> Iterable[RoleTemplates]:
    return roles.sets()


@hookimpl
def vespera_services() -> Iterable[ServiceProvider]:
    return services.services()


@hookimpl
def vespera_executors() -> Iterable[Provider[Any]]:
    return executors.providers()


@hookimpl
def vespera_transports() -> Iterable[Transport]:
    return transports.transports()
