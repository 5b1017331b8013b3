"""Hosts: only who means this server is answered.

A page of any site may make its visitor's browser send requests to this machine, under a name that leads here (DNS
rebinding) or without reading the answer. What such a request says of its host or origin gives it away.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final, Protocol

from vespera_core.errors import ConfigError
from vespera_core.model.record import record

LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")
"""The names of this machine that nobody else can give to an address."""

_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


class Headers(Protocol):
    """The headers of a request, by names in any case."""

    def getlist(self, key: str, /) -> list[str]:
        """Every value of a header."""


@record(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Why a request is not meant for this server: the status and the code of its refusal, and what to do."""

    status: int
    code: str
    message: str
    next: str


class Hosts:
    """The names under which a server is reached, and the pages of other sites that may call it."""

    def __init__(self, hosts: Collection[str], origins: Collection[str] = ()) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._origins = frozenset(origin.lower() for origin in origins)

    def refusal(self, headers: Headers) -> Foreign | None:
        """Why a request with these headers is not answered; None where it is."""
        given = headers.getlist("host")
        host = given[0].lower() if given else ""
        if len(given) > 1 or _name(host) not in self._hosts:
            return Foreign(
                status=421, code="host", message="This server is not what the request was meant for.",
                next=f"Reach it as one of: {', '.join(sorted(self._hosts))}.",
            )  # fmt: skip
        sites = headers.getlist("sec-fetch-site")
        if not self._is_welcome(headers.getlist("origin"), host, sites[0] if sites else None):
            return Foreign(
                status=403, code="origin", message="The request comes from a page of another origin.",
                next="Send it from a program, or from a page that this server serves.",
            )  # fmt: skip
        return None

    def _is_welcome(self, origins: list[str], host: str, site: str | None) -> bool:
        """Whether a page may call: one of this server, or of an origin that was named."""
        if not origins:
            return site != "cross-site"
        origin = origins[0].lower()
        own = origin in (f"http://{host}", f"https://{host}") and site != "cross-site"
        return len(origins) == 1 and (own or origin in self._origins)


def check_origins(origins: Iterable[object], table: str) -> None:
    """Raises ConfigError for what no browser says of a page: each origin is named, there is none for all."""
    for origin in origins:
        if not isinstance(origin, str) or not _ORIGIN.fullmatch(origin):
            raise ConfigError(
                f"[{table}] origins: {origin!r} is no origin.", key=f"{table}.origins",
                next="Write each as 'https://board.example.org', with a port where it has one, and no path.",
            )  # fmt: skip


def _name(host: str) -> str:
    """A host without its port."""
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host
