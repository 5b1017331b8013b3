"""Routing: routes that say which they are, and that keep to a limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from vespera_api.watching.limits import Category, Limited, Limits
from vespera_api.watching.marks import ROUTE


class WatchedRoute(Route):
    """A route of Starlette's whose template is known to whoever watches, and whose requests are counted.

    Requests by another method are counted as well, though they get no further.
    """

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, limits: Limits, category: Category, **more: Any
    ) -> None:
        super().__init__(path, endpoint, **more)
        inner = super().handle
        self._limited = Limited(inner, limits, category) if category in limits else inner

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[ROUTE] = self.path
        await self._limited(scope, receive, send)
