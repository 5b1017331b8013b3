"""The endpoint: one function for all routes, from the request over the bridge to the response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from vespera_api.access.gate import admission_of
from vespera_api.http.answering import respond
from vespera_api.http.forms import FORMS
from vespera_api.http.reading import Reader
from vespera_api.problems import HttpProblem
from vespera_core.app.bridge import Bridge
from vespera_core.errors import VersionConflict
from vespera_core.ports.operation import Operation

Endpoint = Callable[[Request], Awaitable[Response]]

KEY = "Idempotency-Key"


def endpoint_of(reader: Reader, operation: Operation, bridge: Bridge) -> Endpoint:
    """What answers the requests of one route."""
    route = reader.route

    async def endpoint(request: Request) -> Response:
        caller = admission_of(request).caller

        async def ask(name: str, asked: Any) -> Any:
            return await bridge.call(name, asked, caller)

        try:
            asked = await reader.read(request)
            form = FORMS.get(route.form)
            if form is not None:
                asked = await form(asked, ask)
            key = _key(request, operation)
            response: Response = await bridge.call(operation.name, asked, caller, key, partial(respond, request, route))
        except VersionConflict as error:
            if route.guarded:
                raise HttpProblem(412, error.code, error.message, next=error.next) from None
            raise
        except ClientDisconnect:  # in the middle of its body: nobody is there to be answered
            return Response(status_code=400)
        return response

    return endpoint


def _key(request: Request, operation: Operation) -> str | None:
    """The idempotency key; reads have no use for one."""
    given = request.headers.get(KEY)
    if given is None or operation.kind == "read":
        return None
    if not 0 < len(given) <= 200 or not given.isascii() or not given.isprintable() or " " in given:
        raise HttpProblem(400, "malformed", f"{KEY} must be 1 to 200 printable ASCII characters without spaces.")
    return given
