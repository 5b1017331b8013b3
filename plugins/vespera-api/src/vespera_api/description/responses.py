"""Responses: how an operation says that it cannot do what was asked, always by a problem document (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from vespera_api.http.reading import Reader
from vespera_api.problems import MEDIA_TYPE
from vespera_core.ports.operation import Operation

PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}


class Refusal(NamedTuple):
    """One way to be refused: its name in the document, what it means, the code and the text of an example."""

    name: str
    meaning: str
    code: str
    detail: str
    next: str


REFUSALS: Final = {
    400: Refusal("Malformed", "The request cannot be read.", "malformed",
                 "The body is not JSON: EOF while parsing a value.", "Send one JSON object in UTF-8."),
    401: Refusal("Unauthenticated", "Who calls was not proved.", "unauthenticated",
                 "This server answers only who proves to be somebody, and no token was sent.",
                 "Ask whoever runs the server for a token, and send it as 'Authorization: Bearer TOKEN'."),
    403: Refusal("Forbidden", "The caller may not do this, or not from this page.", "permission_denied",
                 "bot may not task.delete: nothing allows it.", "Ask the owner of the workspace."),
    404: Refusal("NotFound", "There is nothing of this name.", "not_found", "There is no task 'web-9'.",
                 "Send 'GET /api/v1/tasks' to see the ids."),
    409: Refusal("Conflict", "A rule of the ledger forbids it in the present state.", "not_ready",
                 "web-2 waits for web-1.", "Send 'GET /api/v1/tasks/web-2/explanation' to see what it waits for."),
    412: Refusal("PreconditionFailed", "It has another version than If-Match names.", "version_conflict",
                 "web-1 has version 4, not 3.", "Read it again, then decide."),
    413: Refusal("TooLarge", "The body is larger than this server takes.", "content_too_large",
                 "The body has more than 4,194,304 bytes.", "Send less at a time."),
    415: Refusal("UnsupportedMediaType", "The body is of a kind that this path does not take.",
                 "unsupported_media_type", "The body must be application/json.",
                 "Send it with 'Content-Type: application/json'."),
    421: Refusal("Misdirected", "The request was meant for another host.", "host",
                 "This server is not what the request was meant for.", "Reach it as one of: 127.0.0.1, localhost."),
    422: Refusal("Invalid", "A value is not acceptable.", "invalid_input", "title must not be empty.",
                 "Correct the value, then repeat the request."),
    428: Refusal("PreconditionRequired", "If-Match is missing.", "precondition_required",
                 "This path writes one object: say with If-Match which version you saw.",
                 "Read it, and send its ETag as If-Match."),
    429: Refusal("TooManyRequests", "The caller asked too often.", "too_many_requests",
                 "No more reads are answered for now.", "Wait for as long as Retry-After says."),
    503: Refusal("Unavailable", "The server's surroundings do not allow it now.", "store_busy",
                 "Another process kept the store locked for too long.", "Repeat the request after Retry-After."),
    507: Refusal("StoreFull", "The disk is full. Nothing was written.", "store_full", "The disk is full.",
                 "Free some space on the disk, then repeat the request."),
}  # fmt: skip
"""By status."""

_SECONDS: Final = {"schema": {"type": "integer", "minimum": 0}, "description": "Seconds to wait."}
_HEADERS: Final[dict[int, dict[str, Any]]] = {
    401: {"WWW-Authenticate": {
        "required": True, "schema": {"type": "string"}, "description": "How to prove who calls."}},
    429: {"Retry-After": {"required": True, **_SECONDS}},
    503: {"Retry-After": {"required": False, **_SECONDS}},
}  # fmt: skip


def refusals(reader: Reader, operation: Operation) -> dict[str, Any]:
    """How an operation may be refused, as references to what `components` explains."""
    return {str(status): reference(status) for status in statuses(reader, operation)}


def reference(status: int) -> dict[str, str]:
    """The response to be refused with a status."""
    return {"$ref": f"#/components/responses/{REFUSALS[status].name}"}


def statuses(reader: Reader, operation: Operation) -> Iterator[int]:
    """The statuses with which an operation may be refused."""
    route = reader.route
    yield from (400, 401, 403, 404, 409)
    if route.guarded:
        yield 412
    if route.method in ("POST", "PUT", "PATCH"):
        yield from (413, 415)
    yield from (421, 422)
    if route.guarded:
        yield 428
    yield from (429, 503)
    if operation.kind == "write" or operation.action.endswith(".write"):
        yield 507


def components() -> dict[str, Any]:
    """The responses that operations refer to. `Problem` stands for any of them."""
    any_of_them = {"description": "What went wrong, and a safe next step.", "content": _content(PROBLEM)}
    return {"Problem": any_of_them, **{one.name: _response(status, one) for status, one in REFUSALS.items()}}


def _response(status: int, told: Refusal) -> dict[str, Any]:
    headers = {"headers": _HEADERS[status]} if status in _HEADERS else {}
    return {"description": told.meaning, **headers, "content": _content(PROBLEM, _example(status, told))}


def _example(status: int, told: Refusal) -> dict[str, Any]:
    return {
        "type": f"urn:vespera:error:{told.code}", "title": HTTPStatus(status).phrase, "status": status,
        "detail": told.detail, "code": told.code, "next": told.next,
        "request_id": "4f1c2a9be0d34d7f8a6b5c3d2e1f0a9b", "details": {}, "errors": [],
    }  # fmt: skip


def _content(schema: dict[str, Any], example: dict[str, Any] | None = None) -> dict[str, Any]:
    return {MEDIA_TYPE: {"schema": schema, **({} if example is None else {"example": example})}}
