"""The server's own settings: the table ``[transport.rest]`` of the configuration, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field, fields
from typing import Any, Final

from vespera_core.errors import ConfigError
from vespera_core.model.record import record

TABLE: Final = "transport.rest"


@record(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How the server treats its callers.

    `hosts` are names, besides those of this machine, under which the server is reached; `origins` the pages of other
    sites that may call it (``https://board.example.org``).
    """

    hosts: list[str] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)


DEFAULTS: Final = asdict(ServerSettings())


def server_settings(given: Mapping[str, Any]) -> ServerSettings:
    """The settings in force. Raises ConfigError naming the key whose value is of another type than its default."""
    for spec in fields(ServerSettings):
        if type(given[spec.name]) is not type(DEFAULTS[spec.name]):
            kind = type(DEFAULTS[spec.name]).__name__
            raise ConfigError(f"[{TABLE}] {spec.name} must be a {kind}.", key=f"{TABLE}.{spec.name}")
    return ServerSettings(**given)
