"""The doors of a server of its own: nothing passes that is not meant for it, or that nobody answers for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from vespera_core.app.network.gate import Gate, Visit
from vespera_core.app.network.hosts import Hosts
from vespera_core.app.network.mounting import ADMISSION, CALLER
from vespera_core.errors import EnvironmentFault, Unauthenticated, VesperaError
from vespera_mcp.settings import ORIGIN, PATH

MEDIA_TYPE: Final = "application/problem+json"


class Doors:
    """ASGI middleware: refuses what is meant for other hosts or paths, and what pages of other origins sent."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], origins: Collection[str]) -> None:
        self._app = app
        self._hosts = Hosts(hosts, origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app if scope["type"] == "lifespan" else self._opened(scope)
        await app(scope, receive, send)

    def _opened(self, scope: Scope) -> ASGIApp:
        """What answers a request."""
        if (foreign := self._hosts.refusal(Headers(scope=scope))) is not None:
            return _refused(foreign.status, foreign.code, foreign.message, foreign.next)
        if scope["path"] not in (PATH, f"{PATH}/"):
            return _refused(404, "not_found", "There is nothing at this path.", f"The server answers at {PATH}.")
        return self._app


class Admitting:
    """ASGI middleware: lets requests in as the gate says, and notes who that was."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app if scope["type"] == "lifespan" else await self._admitted(scope)
        await app(scope, receive, send)

    async def _admitted(self, scope: Scope) -> ASGIApp:
        """What answers a request."""
        client = HTTPConnection(scope).client
        visit = Visit(
            headers=Headers(scope=scope), audience=ORIGIN, address=None if client is None else client.host,
            request_id=uuid4().hex,
        )  # fmt: skip
        try:
            scope[ADMISSION] = await self._gate.admit(visit)
        except VesperaError as error:
            return _refused(_status_of(error), error.code, error.message, error.next)
        scope[CALLER] = scope[ADMISSION].caller
        return self._app


def _status_of(error: VesperaError) -> int:
    if isinstance(error, Unauthenticated):
        return 401
    return 503 if isinstance(error, EnvironmentFault) else 403


def _refused(status: int, code: str, message: str, next: str) -> Response:
    """A problem document (RFC 9457)."""
    told = {"type": f"urn:vespera:error:{code}", "status": status, "code": code, "detail": message, "next": next}
    headers = {"WWW-Authenticate": 'Bearer realm="vespera"'} if status == 401 else {}
    return JSONResponse(told, status, {**headers, "Cache-Control": "no-store"}, MEDIA_TYPE)
