"""The stream as the OpenAPI document tells of it. The WebSocket stands in none: OpenAPI has no words for it."""

from __future__ import annotations

from typing import Any, Final

from vespera_api.live.stream import LAST, PARAMETERS
from vespera_api.live.wanted import MAX_KINDS

PATH: Final = "/events/stream"
"""Where it is, below ``/api/v1``."""

_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 200}
_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "kind": {"type": "array", "maxItems": MAX_KINDS, "items": {"type": "string", "pattern": "^[a-z_*][a-z0-9_.*-]*$"}},
    "cursor": {"type": "string", "pattern": "^[0-9]{1,18}$"},
}
_REFUSED: Final = ("400", "403", "404", "409", "422", "429", "503")


def stream_path() -> dict[str, Any]:
    """What the document says at the path of the stream."""
    parameters = [
        _parameter(name, "query", told, _SCHEMAS.get(name, _TEXT)) for name, told in PARAMETERS.items()
    ]  # fmt: skip
    answer = {"description": "Events.", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
    refused = {status: {"$ref": "#/components/responses/Problem"} for status in _REFUSED}
    refused["401"] = {"$ref": "#/components/responses/Unauthenticated"}
    operation = {
        "operationId": "get_events_stream",
        "summary": "What happens, as it happens.",
        "description": "Server-sent events, each with its cursor for an id. The stream does not end by itself; where "
        "the server ends it, the last event is `closing`, with the cursor to go on from.",
        "tags": ["events"],
        "parameters": [*parameters, _parameter(LAST, "header", "As `cursor`, and stronger.", _SCHEMAS["cursor"])],
        "responses": {"200": answer, **refused},
    }
    return {"get": operation}


def _parameter(name: str, place: str, told: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": False, "description": told, "schema": schema}
