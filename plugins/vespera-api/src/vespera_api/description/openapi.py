"""The OpenAPI document, made of the routes: it says what this server does, since both are made of one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from vespera_api.description.bodies import Models, body, good
from vespera_api.description.links import links_of
from vespera_api.description.parameters import headers, path_parameters, query_parameters
from vespera_api.description.responses import components, refusals
from vespera_api.description.tags import TAGS
from vespera_api.http.reading import Reader
from vespera_api.problems import Problem
from vespera_api.schemas.inputs import REFERENCE
from vespera_core.app.policy.capabilities import is_unasked
from vespera_core.ports.operation import Operation

PREFIX: Final = "/api/v1"

Served = Iterable[tuple[Reader, Operation]]


def document(
    served: Served, version: str, server: str, *, is_open: bool = True, others: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The document for these routes, in OpenAPI 3.1; an open server answers callers without a token too.

    `others` are paths beside those of operations, as the document describes them.
    """
    shown = [(reader, operation) for reader, operation in served if not reader.route.hidden]
    readers = [reader for reader, _ in shown]
    models: Models = {}
    paths: dict[str, dict[str, Any]] = {}
    for reader, operation in shown:
        path = paths.setdefault(PREFIX + reader.route.path, {})
        path[reader.route.method.lower()] = _operation(reader, operation, models, readers)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vespera",
            "summary": "The work ledger for people and AI agents.",
            "description": _ABOUT,
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "contact": {"name": "The Vespera developers", "url": "https://example.org/vespera"},
        },
        "servers": [{"url": server, "description": "This server."}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items() if _used(name, shown, others)],
        "security": [*([{}] if is_open else []), {"bearer": []}],
        "paths": {**paths, **(others or {})},
        "components": {
            "schemas": _schemas(models),
            "responses": components(),
            "securitySchemes": {"bearer": _BEARER},
        },
    }


_ABOUT: Final = """Every operation of a Vespera workspace.

Errors are problem documents (RFC 9457) with a stable `code` and a safe `next` step. A write of one object proves with
`If-Match` which version it saw. A write is safe to repeat under an `Idempotency-Key`. Unknown fields are refused. Times
are RFC 3339. Every answer carries `X-Request-Id`, which the log names."""


def _used(tag: str, served: Served, others: Mapping[str, Any] | None) -> bool:
    said = (one for path in (others or {}).values() for operation in path.values() for one in operation["tags"])
    return any(reader.route.tag == tag for reader, _ in served) or tag in said


def _operation(reader: Reader, operation: Operation, models: Models, readers: list[Reader]) -> dict[str, Any]:
    route = reader.route
    answer = good(reader, operation, models)
    if links := links_of(reader, readers, operation_id):
        answer["links"] = links
    said: dict[str, Any] = {
        "operationId": operation_id(reader),
        "summary": operation.summary,
        "description": f"{_prose(reader.input)}\n\nThe operation `{operation.name}`, under `{operation.action}`.",
        "tags": [route.tag],
        "parameters": [*path_parameters(reader), *query_parameters(reader), *headers(reader, operation)],
        "responses": {str(route.status): answer, **refusals(reader, operation)},
    }
    if (taken := body(reader, operation, models)) is not None:
        said["requestBody"] = taken
    if is_unasked(operation):
        said["security"] = [{}]
    return said


def _prose(kind: type) -> str:
    """What the input says of itself, in Markdown."""
    return "\n".join(line.strip() for line in (kind.__doc__ or "").strip().splitlines()).replace("``", "`")


def operation_id(reader: Reader) -> str:
    """A name of its own for a route: its method and its path in words."""
    route = reader.route
    words = [part.strip("{}").replace("-", "_").replace(".", "_") for part in route.path.split("/") if part]
    return "_".join((route.method.lower(), *words))


_BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "A personal token, or the access token of a registered plugin. What is sent is checked, always.",
}


def _schemas(models: Models) -> dict[str, Any]:
    wanted: list[tuple[type[BaseModel], Any]] = [*models.values(), (Problem, "serialization")]
    _, found = models_json_schema(wanted, ref_template=REFERENCE)
    schemas: dict[str, Any] = found["$defs"]
    _close_tuples(schemas)
    return dict(sorted(schemas.items()))


def _close_tuples(node: Any) -> None:
    """Say of lists of so many values what further ones would be; `maxItems` allows none, but linters want a word."""
    if isinstance(node, dict) and "prefixItems" in node:
        node.setdefault("items", {})
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _close_tuples(one)
