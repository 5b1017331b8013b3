"""What vespera-api offers through the hooks: the transport, webhooks, and traces where an address for them is set."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from vespera_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.observer import Observer
    from vespera_core.ports.operation import Operation
    from vespera_core.ports.service import Ledger, ServiceProvider
    from vespera_core.ports.transport import Transport


@hookimpl
def vespera_transports() -> Transport:
    from vespera_api.settings import TRANSPORT

    return TRANSPORT


@hookimpl
def vespera_observers(ledger: Ledger) -> Observer | None:
    from vespera_api.settings import settings_of
    from vespera_api.watching.tracing import tracing

    return tracing(settings_of(cast("Kernel", ledger)))


@hookimpl
def vespera_operations() -> tuple[Operation, ...]:
    from vespera_api.live.webhooks.operations import OPERATIONS

    return OPERATIONS


@hookimpl
def vespera_services() -> ServiceProvider:
    from vespera_api.live.webhooks.operations import SERVICE

    return SERVICE
