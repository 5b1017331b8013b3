"""Hosts: only who means this server is answered."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from vespera_api.access.refusing import refuse
from vespera_api.problems import HttpProblem
from vespera_core.app.network.hosts import Hosts


class HostCheck:
    """ASGI middleware: refuses what is for other hosts than these, and what pages of other origins sent.

    WebSockets are held to it as requests are: browsers open them to any site, and say only from which origin.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], origins: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = Hosts(hosts, origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None if scope["type"] == "lifespan" else self._hosts.refusal(Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, send)
            return
        error = HttpProblem(refusal.status, refusal.code, refusal.message, next=refusal.next)
        await refuse(error, scope, receive, send)
