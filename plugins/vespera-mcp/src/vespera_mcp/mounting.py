"""Mounting: the server as another transport's server carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.app.network.mounting import Mounted
from vespera_core.errors import ConfigError, InvalidInput
from vespera_mcp.http.service import service_of
from vespera_mcp.settings import TABLE, McpSettings, settings_of
from vespera_mcp.tools.offer import selection_of

if TYPE_CHECKING:
    from vespera_core.app.network.mounting import Carrier
    from vespera_mcp.tools.offer import Selection


def mounted(carrier: Carrier) -> Mounted:
    """The tools that the settings name, in the carrier's workspace. Raises ConfigError."""
    settings = settings_of(carrier.ledger.kernel)
    service = service_of(carrier, _selection(settings))
    return Mounted(app=service, life=service.life, end=service.end)


def _selection(settings: McpSettings) -> Selection:
    try:
        return selection_of(settings.toolsets, read_only=settings.read_only)
    except InvalidInput as error:
        raise ConfigError(f"[{TABLE}] {error.message}", next=error.next, key=f"{TABLE}.toolsets") from error
