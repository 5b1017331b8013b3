"""The shortcut: from a path to its route without trying a hundred others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound, Route
from starlette.types import Receive, Scope, Send

_CHOSEN: Final = "vespera.chosen"
_NAMED: Final = 3
"""The part of a path, as in ``/api/v1/tasks``, that tells families of routes apart."""

Shelf = tuple[str, int, str]


class Shortcut(BaseRoute):
    """Stands before routes and leads to the one that a request fits.

    Held against a request are only those of its method whose path has as many parts and is of the same family. What
    fits none goes on to the routes themselves, which know how to refuse it.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._shelves: dict[Shelf, list[Route]] = {}
        for route in routes:
            if isinstance(route, Route):
                for method in route.methods or ():
                    self._shelves.setdefault(_shelf(method, route.path), []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and not scope.get("root_path"):
            for route in self._shelves.get(_shelf(scope["method"], scope["path"]), ()):
                match, more = route.matches(scope)
                if match == Match.FULL:
                    return match, {**more, _CHOSEN: route}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope[_CHOSEN].handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        raise NoMatchFound(name, path_params)


def _shelf(method: str, path: str) -> Shelf:
    parts = path.split("/")
    return method, len(parts), parts[_NAMED] if len(parts) > _NAMED else ""
