"""What vespera-api offers through the hooks: the transport, and the verdict about who reaches an open server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from vespera_core.ports.access import AccessRequest, Verdict
    from vespera_core.ports.transport import Transport


@hookimpl
def vespera_transports() -> Transport:
    from vespera_api.settings import DEFAULTS
    from vespera_core.ports.transport import Transport

    return Transport(
        name="rest", summary="Every operation over HTTP, with OpenAPI.", command="vespera_api.command:serve",
        settings=DEFAULTS,
    )  # fmt: skip


@hookimpl
def vespera_authorize(request: AccessRequest) -> Verdict | None:
    if request.origin != "rest":
        return None
    from vespera_api.access.gate import verdict

    return verdict(request)
