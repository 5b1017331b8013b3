"""The watch: everything that sees what one server does, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from vespera_api.access.gate import admission_of
from vespera_api.settings import AUTO, OFF, OPEN, TOKEN
from vespera_api.watching.counting import Counting
from vespera_api.watching.figures import Figures
from vespera_api.watching.fresh import Fresh
from vespera_api.watching.limits import Limited, Limits
from vespera_api.watching.marks import ROUTE
from vespera_api.watching.probes import Probes
from vespera_api.watching.routing import WatchedRoute
from vespera_api.watching.sampling import CONTENT_TYPE, Sampler
from vespera_api.watching.tracing import Tracing, tracing
from vespera_core.errors import Unauthenticated

if TYPE_CHECKING:
    from vespera_api.settings import ServerSettings
    from vespera_core.app.bridge import Bridge

METRICS: Final = "/metrics"
_SECONDS: Final = 2.0
"""How long the figures of one scrape are given to the next as well."""


class Watch:
    """Figures, probes, limits and traces of one server. `draining` it says that it takes no more work."""

    def __init__(self, bridge: Bridge, settings: ServerSettings) -> None:
        self.figures = Figures()
        self.probes = Probes(bridge)
        self.limits = Limits(settings, lambda category: self.figures.count("vespera_rate_limited_total", category))
        kernel = bridge.kernel
        kernel.observe()
        self.tracing = next((one for one in kernel.observers if isinstance(one, Tracing)), None)
        if self.tracing is None and (wanted := tracing(settings)) is not None:
            # A server that cannot trace though it should says so instead of starting.
            self.tracing, kernel.observers = wanted, (*kernel.observers, wanted)
        kernel.observers = (*kernel.observers, Counting(self.figures, kernel.operations))
        self._scrape = Fresh(Sampler(bridge, self.figures).text, _SECONDS)
        self.metrics = settings.auth if settings.metrics == AUTO else settings.metrics
        self.metrics_before_hosts = settings.metrics == OPEN

    def drain(self) -> None:
        """The server takes no more work: probes tell that to whoever would send some."""
        self.probes.draining = True

    def install(self, router: Router) -> None:
        """Add the path of the figures, and put what leads nowhere under the limit of reads, as the document is."""
        if self.metrics != OFF and not self.metrics_before_hosts:
            route = WatchedRoute(METRICS, self._asked, limits=self.limits, category="reads", methods=["GET"])
            router.routes.append(route)
        if "reads" in self.limits:
            router.default = Limited(router.default, self.limits, "reads")
            for one in router.routes:
                if isinstance(one, Route) and not isinstance(one, WatchedRoute):
                    one.app = Limited(one.app, self.limits, "reads")

    async def _asked(self, request: Request) -> Response:
        if self.metrics == TOKEN and admission_of(request).proof is None:
            raise Unauthenticated("The figures of this server are for those who show a token.")
        return await self.scraped()

    async def scraped(self) -> Response:
        """All figures, in the text format of Prometheus."""
        return Response(await self._scrape.get(), media_type=CONTENT_TYPE)


class OpenMetrics:
    """ASGI middleware: figures for everybody, whatever name they know the server by. Only where that was asked for."""

    def __init__(self, app: ASGIApp, watch: Watch) -> None:
        self._app = app
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != METRICS or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        scope[ROUTE] = METRICS
        response = await self._watch.scraped()
        await response(scope, receive, send)


def metrics_path() -> dict[str, Any]:
    """The path of the figures as the OpenAPI document tells of it."""
    content = {"text/plain": {"schema": {"type": "string"}}}
    said = {
        "operationId": "scrape_metrics", "summary": "Figures in the text format of Prometheus.",
        "description": "Who may ask is a setting of the server: `metrics`.", "tags": ["probes"],
        "responses": {
            "200": {"description": "The figures.", "content": content},
            "401": {"$ref": "#/components/responses/Unauthenticated"},
            "429": {"$ref": "#/components/responses/Problem"},
            "503": {"$ref": "#/components/responses/Problem"},
        },
    }  # fmt: skip
    return {METRICS: {"get": said}}
