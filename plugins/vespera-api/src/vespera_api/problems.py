"""Problems: every error as a problem document (RFC 9457) with our stable code and next step."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from vespera_api.context import HEADER, request_id_of
from vespera_api.hints import told
from vespera_core import errors
from vespera_core.errors import InvalidInput, VesperaError

MEDIA_TYPE: Final = "application/problem+json"

STATUSES: Final[dict[type[VesperaError], int]] = {
    errors.Unauthenticated: 401,
    errors.PermissionDenied: 403,
    errors.InvalidImport: 422,
    errors.Refused: 409,
    errors.UnknownOperation: 404,
    errors.InvalidInput: 422,
    errors.NotFound: 404,
    errors.IdempotencyMismatch: 422,
    errors.Conflict: 409,
    errors.StoreFull: 507,
    errors.EnvironmentFault: 503,
    VesperaError: 500,
}
"""The status of each branch of the error tree; the nearest class counts."""

_NAMED: Final = ("format", "executor")
"""What requests choose by name: the others are chosen by whoever runs the server."""

_LOG: Final = logging.getLogger("vespera.api")
_MAX_FAULTS: Final = 20


class Fault(BaseModel):
    """One thing that is wrong with a request: where, and what. What was sent is not repeated."""

    model_config = ConfigDict(extra="forbid")

    field: str
    message: str


class Problem(BaseModel):
    """A problem document: `code` is stable, `next` a safe next step, `details` facts for programs."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="A URN made of the code.")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    code: str
    next: str
    request_id: str
    details: dict[str, Any]
    errors: list[Fault]


class HttpProblem(InvalidInput):
    """Something about the HTTP of a request, which the core knows nothing of. `status` is the answer's."""

    code = "http"
    default_next: ClassVar[str] = "See /openapi.json for what this path takes."

    def __init__(
        self, status: int, code: str, message: str, *, next: str | None = None,
        headers: Mapping[str, str] | None = None, faults: Iterable[Fault] = (),
    ) -> None:  # fmt: skip
        super().__init__(message, next=next)
        self.status = status
        self.own_code = code
        self.headers = dict(headers or {})
        self.faults = list(faults)


def status_of(error: VesperaError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, HttpProblem):
        return error.status
    if isinstance(error, errors.PluginFault) and error.details.get("kind") in _NAMED:
        return 422
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def problem(request: HTTPConnection, error: VesperaError) -> Response:
    """The response to a request that met an error of ours."""
    headers = error.headers if isinstance(error, HttpProblem) else _headers(error)
    return JSONResponse(problem_of(request, error), status_of(error), headers, MEDIA_TYPE)


def problem_of(request: HTTPConnection, error: VesperaError) -> dict[str, Any]:
    """The problem document for an error of ours."""
    status, own = status_of(error), error if isinstance(error, HttpProblem) else None
    code = error.code if own is None else own.own_code
    return {
        "type": f"urn:vespera:error:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": error.message,
        "code": code,
        "next": told(error.next),
        "request_id": request_id_of(request),
        "details": error.details,
        "errors": _fields(error) if own is None else [one.model_dump() for one in own.faults],
    }


def _headers(error: VesperaError) -> dict[str, str]:
    """What an error of the core says in headers as well."""
    if isinstance(error, errors.StoreBusy):
        return {"Retry-After": "1"}
    return {"WWW-Authenticate": 'Bearer realm="vespera"'} if isinstance(error, errors.Unauthenticated) else {}


def _fields(error: VesperaError) -> list[dict[str, str]]:
    field = error.details.get("field")
    return [{"field": str(field), "message": error.message}] if field else []


def invalid(error: ValidationError) -> HttpProblem:
    """What pydantic refused, without the values that it refused."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return malformed(str(found[0]["msg"]))
    faults = [Fault(field=_place(one["loc"]), message=str(one["msg"])) for one in found[:_MAX_FAULTS]]
    first = faults[0]
    where = f"{first.field}: " if first.field else ""
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    return HttpProblem(422, "invalid_input", f"{where}{first.message}{more}.", faults=faults)


def malformed(why: str) -> HttpProblem:
    """The body is not JSON at all."""
    return HttpProblem(400, "malformed", f"The body is not JSON: {why}.", next="Send one JSON object in UTF-8.")


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part)[:100] for part in location)


# ---------------------------------------------------------------- handlers of the application


async def on_vespera_error(request: Request, error: VesperaError) -> Response:
    """An error of ours."""
    return problem(request, error)


async def on_http_exception(request: Request, error: HTTPException) -> Response:
    """What the router refused: no such path, no such method."""
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "_").replace("'", "")
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    said = _SAID.get(error.status_code, phrase + ".")
    return problem(request, HttpProblem(error.status_code, code, said, headers=headers))


def _methods(request: Request) -> set[str]:
    """Every method that the path takes; the router names those of one route alone. A fixed path comes before others."""
    routes = [one for one in request.app.router.routes if isinstance(one, Route)]
    path = next(one.path for one in routes if one.matches(request.scope)[0] != Match.NONE)
    return {method for one in routes if one.path == path for method in one.methods or ()}


_SAID: Final = {
    404: "There is nothing at this path.",
    405: "This path does not take this method.",
}


async def on_failure(request: Request, error: Exception) -> Response:
    """A bug of ours, or of a plugin: it is logged with the request's id, and nothing of it is told."""
    _LOG.error("request %s failed", request_id_of(request), exc_info=error)
    message = "Something went wrong on the server; its log says what, under this request's id."
    failed = HttpProblem(
        500, "internal", message, next="Repeat the request, or report the request id.",
        headers={HEADER: request_id_of(request)},  # this answer passes the middleware by
    )  # fmt: skip
    return problem(request, failed)
