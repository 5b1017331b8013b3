"""The server's own settings: the table ``[transport.mcp]`` of the configuration, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field, fields
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.config import Settings, provider_settings
from vespera_core.app.network.hosts import check_origins
from vespera_core.errors import ConfigError
from vespera_core.model.record import record
from vespera_core.ports.transport import Mount, Transport

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

ORIGIN: Final = "mcp"
TABLE: Final = f"transport.{ORIGIN}"
PATH: Final = "/mcp"

OPEN: Final = "open"
TOKEN: Final = "token"  # noqa: S105 - a word of the configuration
AUTH: Final = (OPEN, TOKEN)


@record(frozen=True, slots=True, kw_only=True)
class McpSettings:
    """How the server treats its callers over HTTP.

    `toolsets` are the sets of tools that are offered, with commas between them, and with `read_only` of those only what
    changes nothing. The others count where no other server carries this one: `auth` is ``open`` where everybody who
    reaches it from this machine counts as its owner, or ``token`` where everybody has to show a token; `hosts` are
    names, besides those of this machine, under which it is reached, and `origins` the pages of other sites that may
    call it.
    """

    auth: str = OPEN
    hosts: list[str] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    toolsets: str = "core"
    read_only: bool = False


DEFAULTS: Final = asdict(McpSettings())

MOUNT: Final = Mount(
    path=PATH, app="vespera_mcp.mounting:mounted",
    takes=("Mcp-Session-Id", "Mcp-Protocol-Version", "Mcp-Method", "Mcp-Name"), shows=("Mcp-Session-Id",),
)  # fmt: skip
TRANSPORT: Final = Transport(
    name=ORIGIN, summary="Tools for agents, over stdio and streamable HTTP.", command="vespera_mcp.command:mcp",
    settings=DEFAULTS, mount=MOUNT,
)  # fmt: skip


def settings_of(kernel: Kernel) -> McpSettings:
    """The settings that the configuration of a workspace puts in force. Raises ConfigError."""
    return mcp_settings(provider_settings(TRANSPORT, kernel.settings or Settings(), "transport"))


def mcp_settings(given: Mapping[str, Any]) -> McpSettings:
    """The settings in force. Raises ConfigError naming the key whose value cannot be used."""
    for spec in fields(McpSettings):
        if type(given[spec.name]) is not type(DEFAULTS[spec.name]):
            kind = type(DEFAULTS[spec.name]).__name__
            raise ConfigError(f"[{TABLE}] {spec.name} must be a {kind}.", key=f"{TABLE}.{spec.name}")
    settings = McpSettings(**given)
    if settings.auth not in AUTH:
        raise ConfigError(f"[{TABLE}] auth must be one of: {', '.join(AUTH)}.", key=f"{TABLE}.auth")
    check_origins(settings.origins, TABLE)
    return settings
