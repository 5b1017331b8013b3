"""Probes: whether the process lives, whether it can be sent work, and how its parts are.

They stand before everything else: whoever watches over a server asks by its address, without credentials, and often.
So they tell states and nothing else. Why a part is as it is, is told by ``/api/v1/system/health``, to those who may
know.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from vespera_api.problems import HttpProblem, problem
from vespera_api.watching.fresh import Fresh
from vespera_api.watching.marks import ROUTE
from vespera_core.app.care.health import HealthAnswer, check_store, health
from vespera_core.app.requests import Nothing
from vespera_core.errors import VesperaError
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.bridge import Bridge

LIVEZ: Final = "/livez"
READYZ: Final = "/readyz"
HEALTH: Final = "/health"
PATHS: Final = (LIVEZ, READYZ, HEALTH)

_READY_SECONDS: Final = 0.5
_HEALTH_SECONDS: Final = 2.0
_TOLD: Final = ("lag", "parked")


class Probes:
    """Answers the three probes of one server. While it drains, it says that it takes no more work."""

    def __init__(self, bridge: Bridge) -> None:
        self.draining = False
        caller = Caller(actor="probe", origin="rest")
        self._ready = Fresh(partial(_checked, bridge), _READY_SECONDS)
        self._health = Fresh(partial(health, bridge.kernel, Nothing(), caller), _HEALTH_SECONDS)

    async def answer(self, path: str) -> Response:
        """The response of one probe."""
        if path == LIVEZ:
            return JSONResponse({"status": "alive"})
        return await (self._readiness() if path == READYZ else self._state())

    async def _readiness(self) -> Response:
        """Only the primary store counts: without an index the server still answers."""
        reasons = ["the server is ending"] if self.draining else []
        try:
            await self._ready.get()
        except VesperaError as error:
            reasons.append(f"the store cannot be read ({error.code})")
        except Exception:
            reasons.append("the store cannot be read")
        if reasons:
            return JSONResponse({"status": "not ready", "reasons": reasons}, 503)
        return JSONResponse({"status": "ready", "reasons": []})

    async def _state(self) -> Response:
        try:
            found = await self._health.get()
        except Exception:
            return JSONResponse({"status": "critical", "components": {}}, 503)
        return JSONResponse(_states(found), 503 if found.status == "critical" else 200)


def _checked(bridge: Bridge) -> bool:
    check_store(bridge.kernel)
    return True


def _states(found: HealthAnswer) -> dict[str, Any]:
    """The states, and how far copies lag; never a path, nor what an error said."""
    parts = {
        one.name: {"status": one.status, **{name: one.figures[name] for name in _TOLD if name in one.figures}}
        for one in found.components
    }
    return {"status": found.status, "components": parts}


class Probing:
    """ASGI middleware: answers probes before hosts, callers and limits are looked at."""

    def __init__(self, app: ASGIApp, probes: Probes) -> None:
        self._app = app
        self._probes = probes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
            return
        scope[ROUTE] = scope["path"]
        if scope["method"] in ("GET", "HEAD"):
            response = await self._probes.answer(scope["path"])
        else:
            refusal = HttpProblem(
                405, "method_not_allowed", "This path does not take this method.", headers={"Allow": "GET, HEAD"}
            )
            response = problem(Request(scope), refusal)
        await response(scope, receive, send)


def probe_paths() -> dict[str, Any]:
    """The probes as the OpenAPI document tells of them."""
    return {
        LIVEZ: _described("livez", "Whether the process lives.", _answer({"status": {"const": "alive"}})),
        READYZ: _described(
            "readyz", "Whether the primary store can be read, and the server takes work.",
            _answer({"status": {"enum": ["ready", "not ready"]}, "reasons": _TEXTS}), fails=True,
        ),
        HEALTH: _described(
            "health", "How each part is: healthy, degraded, or critical.",
            _answer({"status": _STATUS, "components": {"type": "object", "additionalProperties": _PART}}), fails=True,
        ),
    }  # fmt: skip


_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
_STATUS: Final = {"enum": ["healthy", "degraded", "critical"]}
_COUNT: Final = {"type": "integer", "minimum": 0}
_PART: Final = {
    "type": "object", "properties": {"status": _STATUS, "lag": _COUNT, "parked": _COUNT}, "required": ["status"],
    "additionalProperties": False,
}  # fmt: skip


def _answer(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _described(name: str, summary: str, schema: dict[str, Any], *, fails: bool = False) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    responses: dict[str, Any] = {"200": {"description": summary, "content": content}}
    if fails:
        responses["503"] = {"description": "It is not so.", "content": content}
    responses["405"] = {"$ref": "#/components/responses/Problem"}
    return {
        "get": {
            "operationId": f"probe_{name}", "summary": summary,
            "description": "Asked without credentials, under any host name.", "tags": ["probes"], "security": [{}],
            "responses": responses,
        }
    }  # fmt: skip
