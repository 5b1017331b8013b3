"""Hosts: only who means this server is answered.

A page of any site may make its visitor's browser send requests to this machine, under a name that leads here (DNS
rebinding) or without reading the answer. What such a request says of its host or origin gives it away.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from vespera_api.access.refusing import refuse
from vespera_api.problems import HttpProblem

LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")
"""The names of this machine that nobody else can give to an address."""


class HostCheck:
    """ASGI middleware: refuses what is for other hosts than these, and what pages of other origins sent.

    WebSockets are held to it as requests are: browsers open them to any site, and say only from which origin.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], origins: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._origins = frozenset(origin.lower() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None if scope["type"] == "lifespan" else self._refusal(Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await refuse(refusal, scope, receive, send)

    def _refusal(self, headers: Headers) -> HttpProblem | None:
        host = headers.get("host", "").lower()
        if len(headers.getlist("host")) > 1 or _name(host) not in self._hosts:
            return HttpProblem(
                421, "host", "This server is not what the request was meant for.",
                next=f"Reach it as one of: {', '.join(sorted(self._hosts))}.",
            )  # fmt: skip
        if not self._is_welcome(headers.getlist("origin"), host, headers.get("sec-fetch-site")):
            return HttpProblem(
                403, "origin", "The request comes from a page of another origin.",
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


def _name(host: str) -> str:
    """A host without its port."""
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host
