"""Mounting: the server as another transport's server carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.app.network.mounting import Mounted
from vespera_mcp.http.selecting import selected
from vespera_mcp.http.service import service_of
from vespera_mcp.settings import settings_of

if TYPE_CHECKING:
    from vespera_core.app.network.mounting import Carrier


def mounted(carrier: Carrier) -> Mounted:
    """The tools that the settings name, in the carrier's workspace. Raises ConfigError."""
    service = service_of(carrier, selected(settings_of(carrier.ledger.kernel)))
    return Mounted(app=service, life=service.life, end=service.end)
