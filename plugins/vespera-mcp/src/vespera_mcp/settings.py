"""The server's own settings: the table ``[transport.mcp]`` of the configuration."""

from __future__ import annotations

from typing import Final

from vespera_core.ports.transport import Transport

ORIGIN: Final = "mcp"

TRANSPORT: Final = Transport(
    name=ORIGIN, summary="Tools for agents, over stdio and streamable HTTP.", command="vespera_mcp.command:mcp"
)
