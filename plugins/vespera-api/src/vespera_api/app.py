"""The application: an ASGI app over an open workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import WebSocketRoute

from vespera_api.access.admitting import Admitting
from vespera_api.access.gate import Gate
from vespera_api.access.hosts import HostCheck
from vespera_api.access.sharing import sharing
from vespera_api.carrying import Carrying
from vespera_api.context import RequestContext
from vespera_api.description.openapi import PREFIX, document, operation_id
from vespera_api.http.answering import encoded
from vespera_api.http.endpoint import Endpoint, endpoint_of
from vespera_api.http.files import file_endpoint_of
from vespera_api.http.packing import Packing
from vespera_api.http.reading import Reader
from vespera_api.http.shortcut import Shortcut
from vespera_api.live.description import PATH as STREAM
from vespera_api.live.description import stream_path
from vespera_api.live.lobby import Lobby
from vespera_api.live.socket import SocketEndpoint
from vespera_api.live.stream import StreamEndpoint
from vespera_api.problems import on_failure, on_http_exception, on_vespera_error
from vespera_api.routes.table import routes_of
from vespera_api.settings import OFF, OPEN, ServerSettings, settings_of
from vespera_api.watching.limits import Category, SignIns, category_of
from vespera_api.watching.probes import Probing, probe_paths
from vespera_api.watching.requests import Watching
from vespera_api.watching.routing import WatchedRoute
from vespera_api.watching.watch import OpenMetrics, Watch, metrics_path
from vespera_core.app.application import Vespera
from vespera_core.app.bridge import Bridge
from vespera_core.app.network.hosts import LOCAL
from vespera_core.app.policy.capabilities import is_unasked
from vespera_core.errors import VesperaError
from vespera_core.ports.operation import Operation

_UNWATCHED: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""What FastAPI would do by itself: the watch does all of it, and lets no message of an exception out."""


class Api(FastAPI):
    """The routes of every operation of a workspace, over one bridge.

    `settings` are those of the configuration, else; `server` is the address it is reached at, and `hosts` are names
    for it besides those of this machine and of the settings.
    """

    def __init__(
        self, ledger: Vespera, *, settings: ServerSettings | None = None, server: str = "/", hosts: Collection[str] = ()
    ) -> None:
        ledger.kernel.vault.check()
        self.settings = settings or settings_of(ledger.kernel)
        self.bridge = Bridge(ledger.kernel)
        self.watch = Watch(self.bridge, self.settings)
        self._server = server
        super().__init__(
            title="Vespera", version=version("vespera-api"), docs_url=None, redoc_url=None, openapi_url=None,
            redirect_slashes=False, lifespan=self._life, max_body_size=None, telemetry=_UNWATCHED,
            exception_handlers={
                VesperaError: on_vespera_error, HTTPException: on_http_exception, Exception: on_failure,
            },
        )  # fmt: skip
        self.served = served_of(ledger.kernel.operations)
        owner = ledger.caller.actor if self.settings.auth == OPEN else None
        self.carrying = Carrying(ledger)
        unasked = [_place(reader) for reader, one in self.served if is_unasked(one)]
        self.gate = Gate(self.bridge, owner, unasked, self.carrying.paths)
        self.lobby = Lobby(self.bridge, self.gate, self.settings)
        self._lay_routes()
        self._stand_around({*LOCAL, *self.settings.hosts, *hosts})

    def _lay_routes(self) -> None:
        stream, socket = StreamEndpoint(self.lobby), SocketEndpoint(self.lobby)
        self._lay("GET", "/openapi.json", self._described, "reads")
        self._lay("GET", PREFIX + STREAM, stream.answer, "reads", "get_events_stream")
        self.router.routes.append(WebSocketRoute(f"{PREFIX}/ws", socket.answer, name="ws"))
        for reader, operation in self.served:
            method, path = _place(reader)
            name = f"{operation_id(reader)}_slash" if reader.route.hidden else operation_id(reader)
            self._lay(method, path, self._endpoint(reader, operation), category_of(operation), name)
        self.watch.install(self.router)
        shortcut = Shortcut(self.router.routes[:])
        self.router.routes[:0] = [shortcut, *self.carrying.routes(self.bridge, self.gate, self.watch.limits)]

    def _lay(self, method: str, path: str, endpoint: Endpoint, category: Category, name: str | None = None) -> None:
        limits = self.watch.limits
        route = WatchedRoute(path, endpoint, limits=limits, category=category, methods=[method], name=name)
        self.router.routes.append(route)

    def _endpoint(self, reader: Reader, operation: Operation) -> Endpoint:
        if reader.route.file is None:
            return endpoint_of(reader, operation, self.bridge)
        return file_endpoint_of(reader, operation, self.bridge, self.settings.import_megabytes)

    def _stand_around(self, hosts: Collection[str]) -> None:
        """Middleware, from the innermost outwards."""
        self.add_middleware(Packing, minimum_size=1024, compresslevel=5)
        self.add_middleware(Admitting, gate=self.gate)
        if "sign_ins" in self.watch.limits:
            self.add_middleware(SignIns, limits=self.watch.limits)
        if self.settings.origins:
            self.add_middleware(CORSMiddleware, **sharing(self.settings.origins, self.carrying.mounts))
        self.add_middleware(HostCheck, hosts=hosts, origins=self.settings.origins)
        if self.watch.metrics_before_hosts:
            self.add_middleware(OpenMetrics, watch=self.watch)
        self.add_middleware(Probing, probes=self.watch.probes)
        self.add_middleware(Watching, figures=self.watch.figures, tracing=self.watch.tracing)
        self.add_middleware(RequestContext)

    @asynccontextmanager
    async def _life(self, _app: FastAPI) -> AsyncIterator[None]:
        async with self.bridge, self.lobby, self.carrying:
            yield

    async def end(self) -> None:
        """Let go of whoever stays connected, before the server ends."""
        await self.lobby.end()
        await self.carrying.end()

    @cached_property
    def _document(self) -> dict[str, Any]:
        return described(
            self.served, self._server, is_open=self.settings.auth == OPEN, metrics=self.watch.metrics != OFF
        )

    @cached_property
    def _written(self) -> bytes:
        return encoded(self._document)

    async def _described(self, _request: Request) -> Response:
        """Made when it is first asked for, which takes a while: beside the event loop."""
        written = await self.bridge.run(lambda: self._written, "read")
        return Response(written, media_type="application/json")

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document of exactly these routes."""
        return self._document


def served_of(operations: Mapping[str, Operation]) -> list[tuple[Reader, Operation]]:
    """The routes of these operations, each with its own."""
    return [
        (Reader(route, operations[route.operation]), operations[route.operation])
        for route in routes_of(operations.values())
    ]


def described(
    served: list[tuple[Reader, Operation]], server: str, *, is_open: bool, metrics: bool = True
) -> dict[str, Any]:
    """The OpenAPI document of a server with these routes."""
    others = {**probe_paths(), **(metrics_path() if metrics else {}), PREFIX + STREAM: stream_path()}
    return document(served, version("vespera-api"), server, is_open=is_open, others=others)


def _place(reader: Reader) -> tuple[str, str]:
    """The method and the whole path of a route."""
    return reader.route.method, PREFIX + reader.route.path


def create_app() -> FastAPI:
    """The factory for ASGI servers: serves the workspace that ``VESPERA_WORKSPACE`` or the current folder names."""
    return Api(Vespera.open(origin="rest"))
