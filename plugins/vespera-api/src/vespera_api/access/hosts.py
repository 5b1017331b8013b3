"""Hosts: only who means this server is answered.

A page of any site may make its visitor's browser send requests to this machine, under a name that leads here (DNS
rebinding) or without reading the answer. What such a request says of its host or origin gives it away.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from vespera_api.problems import HttpProblem, problem

LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")
"""The names of this machine that nobody else can give to an address."""


class HostCheck:
    """ASGI middleware: refuses requests for other hosts than these, and those that pages of other origins sent."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(Headers(scope=scope)) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await problem(Request(scope), refusal)(scope, receive, send)

    def _refusal(self, headers: Headers) -> HttpProblem | None:
        host = headers.get("host", "").lower()
        if _name(host) not in self._hosts:
            return HttpProblem(
                421, "host", "This server is not what the request was meant for.",
                next=f"Reach it as one of: {', '.join(sorted(self._hosts))}.",
            )  # fmt: skip
        origin = headers.get("origin")
        foreign = origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}")
        if foreign or headers.get("sec-fetch-site") == "cross-site":
            return HttpProblem(
                403, "origin", "The request comes from a page of another origin.",
                next="Send it from a program, or from a page that this server serves.",
            )  # fmt: skip
        return None


def _name(host: str) -> str:
    """A host without its port."""
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host
