"""Links: what can be done next with the object that an answer shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from vespera_api.http.reading import Reader

_MADE: Final = {
    "/tasks": ("task_id", "task/task_id", "/tasks/"),
    "/editor/tasks": ("task_id", "task/task_id", "/tasks/"),
    "/projects": ("project_id", "project/project_id", "/projects/"),
    "/runs": ("run_id", "run/run_id", "/runs/"),
    "/webhooks": ("webhook_id", "webhook/webhook_id", "/webhooks/"),
    "/tokens": ("token_id", "token/token_id", "/tokens/"),
    "/principals": ("name", "principal/name", "/principals/"),
    "/plugins": ("name", "plugin/name", "/plugins/"),
}
"""Paths whose POST makes something: the parameter that names it, where its answer says so, and the paths of it."""


def links_of(reader: Reader, others: Iterable[Reader], name_of: Callable[[Reader], str]) -> dict[str, Any]:
    """Links from the answer of a route to all that is done with what it made; none where it makes nothing."""
    route = reader.route
    if route.method != "POST" or route.path not in _MADE:
        return {}
    parameter, place, below = _MADE[route.path]
    fitting = (
        one
        for one in others
        if one.route.path.startswith(below + "{") and [*one.parameters] == [parameter] and not one.route.hidden
    )
    return {name_of(one): _link(one, parameter, place, name_of(one)) for one in fitting}


def _link(target: Reader, parameter: str, place: str, name: str) -> dict[str, Any]:
    given = {f"path.{parameter}": f"$response.body#/{place}"}
    if target.route.guarded:
        given["header.If-Match"] = "$response.header.ETag"
    return {"operationId": name, "parameters": given, "description": f"By its {parameter.replace('_', ' ')}."}
