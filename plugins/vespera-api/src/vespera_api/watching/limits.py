"""Limits: how much each caller may ask for, by what it costs the server.

Whoever proved who they are is counted by that, anybody else by address. Counts live in this process's memory; where
there are more callers than are counted apart, those who come last share one count, so that nobody is let through
uncounted.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vespera_api.access.gate import admission_of
from vespera_api.access.refusing import refuse
from vespera_api.problems import HttpProblem
from vespera_api.settings import AUTO, OPEN, ServerSettings

if TYPE_CHECKING:
    from vespera_core.ports.operation import Operation

Category = Literal["reads", "writes", "searches", "analyses", "sign_ins"]

CATEGORIES: Final[tuple[Category, ...]] = ("reads", "writes", "searches", "analyses", "sign_ins")
DEFAULTS: Final[dict[Category, str]] = {
    "reads": "6000/minute", "writes": "3000/minute", "searches": "600/minute", "analyses": "120/minute",
    "sign_ins": "30/minute",
}  # fmt: skip
"""What ``auto`` means on a server that asks for tokens; an open one serves its own machine, and sets none."""

MAX_CALLERS: Final = 20_000
"""Counts that are kept apart."""
_REST: Final = "everybody else"
_UNPROVED: Final = 401
_REFUSALS: Final = ("http.response.start", "websocket.http.response.start")

_SEARCHES: Final = ("task.search", "task.similar", "task.recommend", "search.suggest", "search.trends")
_ANALYSES: Final = (
    "task.duplicates", "task.cluster", "task.stores", "project.health", "project.burnup", "project.timeline",
    "project.dashboard", "project.insights", "audit.verify", "system.doctor", "system.backup", "exchange.export",
    "index.rebuild",
)  # fmt: skip


def category_of(operation: Operation) -> Category:
    """What an operation counts as: analyses walk over much of the ledger, searches compare meanings."""
    if operation.name in _SEARCHES:
        return "searches"
    if operation.name in _ANALYSES or operation.name.startswith("graph."):
        return "analyses"
    return "writes" if operation.kind == "write" or operation.action.endswith(".write") else "reads"


class Standing(NamedTuple):
    """Where a caller stands in a category: its quota, the seconds of a window, what is left, and until when."""

    category: str
    quota: int
    window: int
    left: int
    reset: int

    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers-11 says it."""
        return {
            "RateLimit-Policy": f'"{self.category}";q={self.quota};w={self.window}',
            "RateLimit": f'"{self.category}";r={self.left};t={self.reset}',
        }


class Limits:
    """The limits in force, and what each caller has used of them."""

    def __init__(self, settings: ServerSettings, refused: Callable[[str], None]) -> None:
        self._items = {one: item for one in CATEGORIES if (item := _item(settings, one)) is not None}
        self._storage = MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._refused = refused

    def __contains__(self, category: object) -> bool:
        return category in self._items

    def __bool__(self) -> bool:
        return bool(self._items)

    def take(self, category: Category, who: str) -> Standing | None:
        """Count one more; None where there is no limit. Raises HttpProblem (429) where there was nothing left."""
        item = self._items.get(category)
        if item is None:
            return None
        who = self._counted(item, who)
        allowed = self._limiter.hit(item, who)
        standing = self._standing(category, item, who)
        if not allowed:
            raise self._refusal(standing)
        return standing

    def check(self, category: Category, who: str) -> None:
        """Raises HttpProblem (429) where nothing is left, and counts nothing."""
        item = self._items.get(category)
        if item is not None and not self._limiter.test(item, who := self._counted(item, who)):
            raise self._refusal(self._standing(category, item, who))

    def note(self, category: Category, who: str) -> None:
        """Count one more, of something that has happened already."""
        item = self._items.get(category)
        if item is not None:
            self._limiter.hit(item, self._counted(item, who))

    def _counted(self, item: RateLimitItem, who: str) -> str:
        """Under which name a caller is counted."""
        kept = self._storage.storage
        return who if len(kept) < MAX_CALLERS or item.key_for(who) in kept else _REST

    def _standing(self, category: Category, item: RateLimitItem, who: str) -> Standing:
        reset, left = self._limiter.get_window_stats(item, who)
        return Standing(category, item.amount, item.get_expiry(), max(0, left), max(1, math.ceil(reset - time.time())))

    def _refusal(self, standing: Standing) -> HttpProblem:
        self._refused(standing.category)
        return HttpProblem(
            429, "rate_limited",
            f"More was asked for than {standing.quota} {standing.category.replace('_', '-')} in {standing.window} s.",
            next=f"Wait {standing.reset} s, then repeat the request.",
            headers={"Retry-After": str(standing.reset), **standing.headers()},
        )  # fmt: skip


def _item(settings: ServerSettings, category: Category) -> RateLimitItem | None:
    said: str = getattr(settings, f"limit_{category}")
    if said == AUTO:
        said = "" if settings.auth == OPEN else DEFAULTS[category]
    return parse(said) if said else None


# ---------------------------------------------------------------- who is counted


def who_calls(connection: HTTPConnection) -> str:
    """The credentials that were proved, else the address."""
    admission = admission_of(connection)
    return f"proof {admission.proof}" if admission.proof is not None else address_of(connection)


def address_of(connection: HTTPConnection) -> str:
    """The address of a client; of IPv6 the network, since whoever has one address there has 2**64."""
    if connection.client is None:
        return "socket"
    try:
        address = ipaddress.ip_address(connection.client.host)
    except ValueError:
        return "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


# ---------------------------------------------------------------- where it is counted


class Limited:
    """An ASGI app within a limit: what is too much is refused before the app sees it."""

    def __init__(self, app: ASGIApp, limits: Limits, category: Category) -> None:
        self._app = app
        self._limits = limits
        self._category = category

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        standing = self._limits.take(self._category, who_calls(HTTPConnection(scope)))
        if standing is None:
            await self._app(scope, receive, send)
            return
        told = [(name.lower().encode(), value.encode()) for name, value in standing.headers().items()]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *told]}
            await send(message)

        await self._app(scope, receive, sending)


class SignIns:
    """ASGI middleware before the gate: an address that shows too many credentials that are refused has to wait."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not _shows_something(scope):
            await self._app(scope, receive, send)
            return
        who = address_of(HTTPConnection(scope))
        try:
            self._limits.check("sign_ins", who)
        except HttpProblem as refusal:
            await refuse(refusal, scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] in _REFUSALS and message.get("status", _UNPROVED) == _UNPROVED:
                self._limits.note("sign_ins", who)
            await send(message)

        await self._app(scope, receive, sending)


def _shows_something(scope: Scope) -> bool:
    """Whether a request tries to prove who sends it: with credentials, or by asking for a token with a secret."""
    return "authorization" in Headers(scope=scope) or scope["path"].endswith("/plugins/token")
