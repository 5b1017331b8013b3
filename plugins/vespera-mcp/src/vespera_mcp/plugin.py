"""What vespera-mcp offers through the hooks: the transport."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from vespera_core.ports.transport import Transport


@hookimpl
def vespera_transports() -> Transport:
    from vespera_mcp.settings import TRANSPORT

    return TRANSPORT
