"""The table of all routes, and what has none: every operation is in one of the two."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vespera_api.routes import access, operating, projects, search, tasks, webhooks, work
from vespera_api.routes.route import Route
from vespera_core.ports.operation import Operation

ROUTES: Final = (*tasks.ROUTES, *projects.ROUTES, *search.ROUTES, *work.ROUTES, *operating.ROUTES)

OF_PLUGINS: Final = (*access.ROUTES, *webhooks.ROUTES)
"""Routes of operations that plugins bring, this one among them: they are there where their operations are."""

ELSEWHERE: Final = {
    "system.repair": "it is for whoever has the workspace's files in hand",
    "guard.diff": "it looks at a working tree of the server's machine",
}
"""Operations that are not reached over HTTP, and why."""


def routes_of(operations: Iterable[Operation]) -> tuple[Route, ...]:
    """The routes of these operations, fixed ones before those with parameters.

    An operation of a plugin gets one by its name; what is not installed here has none.
    """
    names = [one.name for one in operations]
    chosen = [route for route in (*ROUTES, *OF_PLUGINS) if route.operation in names]
    placed = {route.operation for route in chosen} | set(ELSEWHERE)
    others = (Route("POST", f"/operations/{name}", name) for name in names if name not in placed)
    return tuple(sorted((*chosen, *others), key=_order))


def _order(route: Route) -> tuple[bool, ...]:
    """Literal parts come before parameters, place by place."""
    return tuple(part.startswith("{") for part in route.path.split("/"))
