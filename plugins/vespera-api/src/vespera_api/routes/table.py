"""The table of all routes, and what has none: every operation is in one of the two."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vespera_api.routes import operating, projects, search, tasks, work
from vespera_api.routes.route import Route
from vespera_core.ports.operation import Operation

ROUTES: Final = (*tasks.ROUTES, *projects.ROUTES, *search.ROUTES, *work.ROUTES, *operating.ROUTES)

ELSEWHERE: Final = {
    "exchange.import": "it reads a file of the server's machine",
    "exchange.export": "it writes a file of the server's machine",
    "system.backup": "it writes a file of the server's machine",
    "system.repair": "it is for whoever has the workspace's files in hand",
    "guard.diff": "it looks at a working tree of the server's machine",
}
"""Operations that are not reached over HTTP, and why."""


def routes_of(operations: Iterable[Operation]) -> tuple[Route, ...]:
    """All routes, fixed ones before those with parameters; an operation of a plugin gets one by its name."""
    chosen = {route.operation for route in ROUTES} | set(ELSEWHERE)
    others = (Route("POST", f"/operations/{one.name}", one.name) for one in operations if one.name not in chosen)
    return tuple(sorted((*ROUTES, *others), key=_order))


def _order(route: Route) -> tuple[bool, ...]:
    """Literal parts come before parameters, place by place."""
    return tuple(part.startswith("{") for part in route.path.split("/"))
