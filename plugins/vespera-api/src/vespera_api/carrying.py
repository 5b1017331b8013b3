"""Carrying: other transports that are reached through this server, behind the same gate and within the same limits.

What answers there is made when it is first asked for: whoever asks for nothing else than REST pays nothing for it. One
that cannot be made, or ends by itself, is answered for with 503; the server goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, Final

from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from vespera_api.access.gate import Gate, admission_of
from vespera_api.problems import HttpProblem
from vespera_api.watching.limits import Limits, category_of, who_calls
from vespera_api.watching.marks import ROUTE
from vespera_api.watching.routing import WatchedRoute
from vespera_core.app.bridge import Bridge
from vespera_core.app.network.mounting import CALLER, Carrier, Mounted
from vespera_core.errors import EnvironmentFault
from vespera_core.ports.operation import resolve
from vespera_core.ports.transport import Mount

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from vespera_core.app.application import Vespera
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.access import Caller

HOOK: Final = "vespera_transports"
GOODBYE: Final = 3.0
"""Seconds that a carried transport has to let go of connections that stay open, and then to end."""

_LOG: Final = logging.getLogger("vespera.api")
_WHO: ContextVar[str | None] = ContextVar("vespera_carried", default=None)


class RateLimited(EnvironmentFault):
    """More was asked for than the limits of this server leave to a caller."""

    code = "rate_limited"


class Metered(Bridge):
    """The bridge of the server for those that it carries: what an operation costs counts against its caller's limits.

    A transport of its own may perform any operation in one request, so that the path says nothing of what it costs.
    """

    _costly: ClassVar = frozenset({"writes", "searches", "analyses"})

    def __init__(self, inner: Bridge, limits: Limits) -> None:
        self.kernel = inner.kernel
        self._inner = inner
        self._limits = limits

    async def call(
        self, name: str, request: Any, caller: Caller, idempotency_key: str | None = None,
        finish: Callable[[Any], Any] | None = None,
    ) -> Any:  # fmt: skip
        operation, who = self.kernel.operations.get(name), _WHO.get()
        if operation is not None and who is not None and (category := category_of(operation)) in self._costly:
            try:
                self._limits.take(category, who)
            except HttpProblem as refusal:
                raise RateLimited(refusal.message, next=refusal.next) from None
        return await self._inner.call(name, request, caller, idempotency_key, finish)

    async def run(self, work: Callable[[], Any], kind: str = "service") -> Any:
        return await self._inner.run(work, kind)

    def waiting(self) -> dict[str, int]:
        return self._inner.waiting()

    async def close(self) -> None:
        """The server closes its own bridge."""


class Carried:
    """One transport at its path."""

    def __init__(self, plugin: str, name: str, mount: Mount, kernel: Kernel) -> None:
        self.name = name
        self.mount = mount
        self.paths = (mount.path, f"{mount.path}/")
        self._plugin = plugin
        self._kernel = kernel
        self._lock = asyncio.Lock()
        self._over = asyncio.Event()
        self._living: asyncio.Task[None] | None = None
        self._mounted: Mounted | None = None

    async def answer(self, carrier: Carrier, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that was let in. Raises HttpProblem where the transport cannot be served."""
        async with self._lock:
            if self._living is None:
                await self._begin(carrier)
        if self._mounted is None:
            raise HttpProblem(
                503, "not_served", f"The transport {self.name!r} cannot be served at the moment.",
                next="The log of the server says why; 'vespera plugins' shows what failed.",
            )  # fmt: skip
        connection = HTTPConnection(scope)
        scope[CALLER] = admission_of(connection).caller
        _WHO.set(who_calls(connection))
        await self._mounted.app(scope, receive, send)

    async def end(self) -> None:
        """Let go of connections that stay open."""
        if self._mounted is not None:
            try:
                await asyncio.wait_for(self._mounted.end(), GOODBYE)
            except Exception as error:
                self._failed(error)

    async def close(self) -> None:
        """End its life; one that does not end by itself is cut off."""
        self._over.set()
        if self._living is not None:
            await asyncio.wait({self._living}, timeout=GOODBYE)
            self._living.cancel()

    async def _begin(self, carrier: Carrier) -> None:
        """Start its life, in a task of its own: one that fails takes nobody along."""
        begun = asyncio.Event()
        self._living = asyncio.create_task(self._live(carrier, begun))
        waiting = asyncio.create_task(begun.wait())
        await asyncio.wait({self._living, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def _live(self, carrier: Carrier, begun: asyncio.Event) -> None:
        try:
            make = await asyncio.to_thread(resolve, self.mount.app)  # imports may take a second
            mounted: Mounted = make(carrier)
            async with mounted.life():
                self._mounted = mounted
                begun.set()
                await self._over.wait()
        except (Exception, SystemExit) as error:
            self._failed(error)
        finally:
            self._mounted = None

    def _failed(self, error: BaseException) -> None:
        """Whatever is wrong with it is told to whoever runs the server, and to nobody else."""
        _LOG.warning("%s", self._kernel.plugins.fail(self._plugin, HOOK, error).reason)


class Carrying:
    """All transports that a server carries. Use it in an ``async with`` block."""

    def __init__(self, ledger: Vespera) -> None:
        self._ledger = ledger
        self._all = list(_carried_of(ledger.kernel))

    @property
    def mounts(self) -> list[Mount]:
        """What is carried."""
        return [one.mount for one in self._all]

    @property
    def paths(self) -> dict[str, str]:
        """Every path, with the name of its transport."""
        return {path: one.name for one in self._all for path in one.paths}

    def routes(self, bridge: Bridge, gate: Gate, limits: Limits) -> Iterable[BaseRoute]:
        """The routes of all, which answer while the block lasts. Any method is theirs to answer."""
        carrier = Carrier(ledger=self._ledger, bridge=Metered(bridge, limits), still=gate.still)
        for one in self._all:
            for path in one.paths:
                yield _Route(path, _Endpoint(one, carrier), limits=limits, template=one.mount.path)

    async def end(self) -> None:
        """Let go of connections that stay open."""
        await asyncio.gather(*(one.end() for one in self._all))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.gather(*(one.close() for one in self._all))


def _carried_of(kernel: Kernel) -> Iterator[Carried]:
    for plugin, _, _, transport in kernel.registry.offers("transport"):
        mount = getattr(transport, "mount", None)
        if isinstance(mount, Mount):
            yield Carried(plugin, transport.name, mount, kernel)
        elif mount is not None:
            _LOG.warning("%s", kernel.plugins.fail(plugin, HOOK, TypeError(f"its mount is {mount!r}")).reason)


class _Endpoint:
    """The ASGI app of a route."""

    def __init__(self, carried: Carried, carrier: Carrier) -> None:
        self._carried = carried
        self._carrier = carrier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._carried.answer(self._carrier, scope, receive, send)


class _Route(WatchedRoute):
    """A path of a carried transport; it counts as the one path of its transport."""

    def __init__(self, path: str, endpoint: _Endpoint, *, limits: Limits, template: str) -> None:
        super().__init__(path, endpoint, limits=limits, category="reads", methods=None)
        self._template = template

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[ROUTE] = self._template
        await self._limited(scope, receive, send)
