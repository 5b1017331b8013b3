"""The server's own settings: the table ``[transport.rest]`` of the configuration, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, field, fields
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.config import Settings, provider_settings
from vespera_core.app.network.hosts import check_origins
from vespera_core.errors import ConfigError
from vespera_core.model.record import record
from vespera_core.ports.transport import Transport

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

TABLE: Final = "transport.rest"

OPEN: Final = "open"
TOKEN: Final = "token"  # noqa: S105 - a word of the configuration
AUTH: Final = (OPEN, TOKEN)

AUTO: Final = "auto"
OFF: Final = "off"
METRICS: Final = (AUTO, OPEN, TOKEN, OFF)
LOG_FORMATS: Final = ("text", "json")
LOG_LEVELS: Final = ("debug", "info", "warning", "error")

_LIMIT: Final = re.compile(r"auto|([1-9][0-9]{0,8}/(second|minute|hour|day))?")
_ADDRESS: Final = re.compile(r"(https?://[^\s@?#]+)?")


@record(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How the server treats its callers.

    `auth` is ``open`` where everybody who reaches it from this machine counts as its owner, or ``token`` where
    everybody has to show a token. `hosts` are names, besides those of this machine, under which the server is reached;
    `origins` the pages of other sites that may call it (``https://board.example.org``).

    `metrics` says who may read ``/metrics``: ``open`` everybody, ``token`` who is let in, ``off`` nobody; ``auto`` asks
    as the other paths do. `otlp` is the address that traces are sent to by OTLP over HTTP; without it, and without the
    standard variables ``OTEL_EXPORTER_OTLP_*``, nothing is traced. `log_format` is ``text`` or ``json``, `log_level`
    ``debug``, ``info`` (a line for each request), ``warning`` or ``error``.

    `limit_reads`, `limit_writes`, `limit_searches` and `limit_analyses` are how much each caller may ask for, such as
    ``600/minute``, and `limit_sign_ins` how often an address may show credentials that are refused; an empty text sets
    no limit, and ``auto`` none on an open server. `header_seconds` is how long the head of a request may take,
    `body_rate` how many bytes per second its body has to bring, and `connections` how many there may be at a time.
    `import_megabytes` is how big a file may be that is sent to be imported.
    `live_connections` is how many of them may follow events, and `live_connections_per_caller` how many of one caller.
    """

    auth: str = OPEN

    hosts: list[str] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)

    metrics: str = AUTO
    otlp: str = ""
    log_format: str = "text"
    log_level: str = "warning"

    limit_reads: str = AUTO
    limit_writes: str = AUTO
    limit_searches: str = AUTO
    limit_analyses: str = AUTO
    limit_sign_ins: str = AUTO

    header_seconds: int = 10
    body_rate: int = 500
    connections: int = 2000
    import_megabytes: int = 256
    live_connections: int = 1000
    live_connections_per_caller: int = 200


DEFAULTS: Final = asdict(ServerSettings())

TRANSPORT: Final = Transport(
    name="rest", summary="Every operation over HTTP, with OpenAPI.", command="vespera_api.command:serve",
    settings=DEFAULTS,
)  # fmt: skip


def settings_of(kernel: Kernel) -> ServerSettings:
    """The settings that the configuration of a workspace puts in force. Raises ConfigError."""
    return server_settings(provider_settings(TRANSPORT, kernel.settings or Settings(), "transport"))


def server_settings(given: Mapping[str, Any]) -> ServerSettings:
    """The settings in force. Raises ConfigError naming the key whose value cannot be used."""
    for spec in fields(ServerSettings):
        if type(given[spec.name]) is not type(DEFAULTS[spec.name]):
            kind = type(DEFAULTS[spec.name]).__name__
            raise ConfigError(f"[{TABLE}] {spec.name} must be a {kind}.", key=f"{TABLE}.{spec.name}")
    settings = ServerSettings(**given)
    for name, words in _CHOICES.items():
        if getattr(settings, name) not in words:
            raise ConfigError(f"[{TABLE}] {name} must be one of: {', '.join(words)}.", key=f"{TABLE}.{name}")
    _check_watching(settings)
    check_origins(settings.origins, TABLE)
    return settings


_CHOICES: Final = {"auth": AUTH, "metrics": METRICS, "log_format": LOG_FORMATS, "log_level": LOG_LEVELS}


_COUNTS: Final = (
    "header_seconds", "body_rate", "connections", "import_megabytes", "live_connections", "live_connections_per_caller",
)  # fmt: skip


def _check_watching(settings: ServerSettings) -> None:
    """Raises ConfigError for limits that cannot be read, and for an address that nothing can be sent to."""
    for name in (spec.name for spec in fields(ServerSettings) if spec.name.startswith("limit_")):
        if not _LIMIT.fullmatch(getattr(settings, name)):
            raise ConfigError(
                f"[{TABLE}] {name} is no limit.", key=f"{TABLE}.{name}",
                next="Write it as '600/minute' (or second, hour, day), as 'auto', or as '' for none.",
            )  # fmt: skip
    for name in _COUNTS:
        if getattr(settings, name) < 1:
            raise ConfigError(f"[{TABLE}] {name} must be 1 or more.", key=f"{TABLE}.{name}")
    if not _ADDRESS.fullmatch(settings.otlp):
        raise ConfigError(
            f"[{TABLE}] otlp is no address of a collector.", key=f"{TABLE}.otlp",
            next="Write it as 'http://127.0.0.1:4318'.",
        )  # fmt: skip
