"""Answering: from the answer of an operation to the response."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import PydanticSerializationError, to_json
from starlette.requests import Request
from starlette.responses import Response

from vespera_api.routes.route import Route
from vespera_core.model.public import public
from vespera_core.model.task import Task

_dense = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def respond(request: Request, route: Route, answer: Any) -> Response:
    """The response that shows an answer; 304 where the caller has it already."""
    headers = {}
    tag = etag_of(answer)
    if tag is not None:
        headers["ETag"] = tag
        if request.method == "GET" and tag in _tags(request):
            return Response(status_code=304, headers=headers)
    shown = public(answer)
    if route.pick is not None:
        shown = {route.pick: shown[route.pick]}
    return Response(encoded(shown), route.status, headers, "application/json")


def encoded(shown: Any) -> bytes:
    """JSON in UTF-8."""
    try:
        return to_json(shown)
    except PydanticSerializationError:  # half a character, say, which a client sent
        return _dense(shown).encode("utf-8", "surrogatepass")


def etag_of(answer: Any) -> str | None:
    """The version of the one object that an answer shows; None where it shows none, or several."""
    for name in ("task", "project"):
        version = getattr(getattr(answer, name, None), "version", None)
        if version is not None:
            return f'"{version}"'
    tasks = getattr(answer, "tasks", None)
    if hasattr(answer, "total") or not isinstance(tasks, tuple) or len(tasks) != 1:
        return None
    return f'"{tasks[0].version}"' if isinstance(tasks[0], Task) else None


def _tags(request: Request) -> set[str]:
    return {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
