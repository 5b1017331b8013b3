"""The application: an ASGI app over an open workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import cached_property
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route as AsgiRoute

from vespera_api.access.gate import Gate, OpenGate
from vespera_api.access.hosts import LOCAL, HostCheck
from vespera_api.context import RequestContext
from vespera_api.description.openapi import PREFIX, document, operation_id
from vespera_api.http.endpoint import endpoint_of
from vespera_api.http.reading import Reader
from vespera_api.problems import on_failure, on_http_exception, on_vespera_error
from vespera_api.routes.table import routes_of
from vespera_core.app.application import Vespera, login_name
from vespera_core.app.bridge import Bridge
from vespera_core.errors import VesperaError


class Api(FastAPI):
    """The routes of every operation of a workspace, over one bridge."""

    def __init__(self, ledger: Vespera, gate: Gate, *, server: str = "/", hosts: Collection[str] = LOCAL) -> None:
        self.bridge = Bridge(ledger.kernel)
        self.gate = gate
        self._server = server
        super().__init__(
            title="Vespera", version=version("vespera-api"), docs_url=None, redoc_url=None, openapi_url="/openapi.json",
            redirect_slashes=False, lifespan=self._life, max_body_size=None, telemetry=None,
            exception_handlers={
                VesperaError: on_vespera_error, HTTPException: on_http_exception, Exception: on_failure,
            },
        )  # fmt: skip
        operations = ledger.kernel.operations
        self.served = [
            (Reader(route, operations[route.operation]), operations[route.operation])
            for route in routes_of(operations.values())
        ]
        for reader, operation in self.served:
            endpoint = endpoint_of(reader, operation, self.bridge, gate)
            path = PREFIX + reader.route.path
            name = f"{operation_id(reader)}_slash" if reader.route.hidden else operation_id(reader)
            self.router.routes.append(AsgiRoute(path, endpoint, methods=[reader.route.method], name=name))
        self.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
        self.add_middleware(HostCheck, hosts=hosts)
        self.add_middleware(RequestContext)

    @asynccontextmanager
    async def _life(self, _app: FastAPI) -> AsyncIterator[None]:
        async with self.bridge:
            yield

    @cached_property
    def _document(self) -> dict[str, Any]:
        return document(self.served, self.version, self._server)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document of exactly these routes."""
        return self._document


def create_app() -> FastAPI:
    """The factory for ASGI servers: serves the workspace that ``VESPERA_WORKSPACE`` or the current folder names."""
    ledger = Vespera.open(origin="rest")
    return Api(ledger, OpenGate(login_name()))
