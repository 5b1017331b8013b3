"""The OpenAPI document, made of the routes: it says what this server does, since both are made of one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from vespera_api.http.reading import Reader
from vespera_api.problems import MEDIA_TYPE, Problem
from vespera_api.schemas.inputs import input_model
from vespera_api.schemas.outputs import output_model
from vespera_core.app.policy.capabilities import is_unasked
from vespera_core.app.requests import PlannedTask
from vespera_core.ports.operation import Operation, resolve

PREFIX: Final = "/api/v1"
_REFERENCE: Final = "#/components/schemas/{model}"

TAGS: Final = {
    "tasks": "Tasks: making, finding and changing them, working on them, and what they hang on.",
    "projects": "Projects: how they stand, and what is to come.",
    "dashboard": "How the workspace's own project stands.",
    "graph": "The graph back end in its own language.",
    "search": "Search by words and by meaning.",
    "roles": "Roles, and who works in them.",
    "approvals": "What waits for a person's word.",
    "runs": "Work on claimed tasks.",
    "guard": "What a role may do with tools and files.",
    "services": "Background services.",
    "indexes": "Indexes of meaning and of the graph.",
    "events": "The log of everything that happened.",
    "system": "The state of the system.",
    "principals": "Those who act here.",
    "members": "Members of projects.",
    "grants": "What principals may do beyond their roles.",
    "webhooks": "Addresses that events are sent to.",
    "tokens": "What proves to the server who calls.",
    "plugins": "Plugins that run elsewhere, and call this server.",
    "operations": "Operations that plugins bring.",
    "probes": "Whether the server lives, and how it does: for whoever watches over it.",
}

Served = Iterable[tuple[Reader, Operation]]


def document(
    served: Served, version: str, server: str, *, is_open: bool = True, others: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The document for these routes, in OpenAPI 3.1; an open server answers callers without a token too.

    `others` are paths beside those of operations, as the document describes them.
    """
    shown = [(reader, operation) for reader, operation in served if not reader.route.hidden]
    models: dict[str, tuple[type[BaseModel], str]] = {}
    paths: dict[str, dict[str, Any]] = {}
    for reader, operation in shown:
        path = paths.setdefault(PREFIX + reader.route.path, {})
        path[reader.route.method.lower()] = _operation(reader, operation, models)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vespera",
            "summary": "The work ledger for people and AI agents.",
            "description": "Every operation of a Vespera workspace. Errors are problem documents (RFC 9457).",
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
            "responses": {"Problem": _problem(), "Unauthenticated": _unauthenticated()},
            "securitySchemes": {"bearer": _BEARER},
        },
    }


def _used(tag: str, served: Served, others: Mapping[str, Any] | None) -> bool:
    said = (one for path in (others or {}).values() for operation in path.values() for one in operation["tags"])
    return any(reader.route.tag == tag for reader, _ in served) or tag in said


def _operation(reader: Reader, operation: Operation, models: dict[str, Any]) -> dict[str, Any]:
    route = reader.route
    said: dict[str, Any] = {
        "operationId": operation_id(reader),
        "summary": operation.summary,
        "description": f"Performs the operation `{operation.name}`, which needs `{operation.action}`.",
        "tags": [route.tag],
        "parameters": [*_path_parameters(reader), *_query_parameters(reader), *_headers(reader, operation)],
        "responses": _responses(reader, operation, models),
    }
    if not route.in_query and reader.model.model_fields:
        said["requestBody"] = _body(reader, models)
    if is_unasked(operation):
        said["security"] = [{}]
    return said


def operation_id(reader: Reader) -> str:
    """A name of its own for a route: its method and its path in words."""
    route = reader.route
    words = [part.strip("{}").replace("-", "_").replace(".", "_") for part in route.path.split("/") if part]
    return "_".join((route.method.lower(), *words))


def _path_parameters(reader: Reader) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in reader.parameters
    ]


def _query_parameters(reader: Reader) -> list[dict[str, Any]]:
    if not reader.route.in_query:
        return []
    schema = reader.model.model_json_schema(ref_template=_REFERENCE)
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _not_null(one)}
        for name, one in schema.get("properties", {}).items()
    ]


def _not_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A query string cannot say null: it leaves the parameter out."""
    found = {key: value for key, value in schema.items() if key != "default" or value is not None}
    kinds = [one for one in found.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) == 1:
        del found["anyOf"]
        return {**found, **kinds[0]}
    return found


def _headers(reader: Reader, operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    text: dict[str, Any]
    if reader.route.guarded:
        text = {"type": "string", "pattern": r'^("[0-9]{1,18}"|\*)$'}
        found.append({"name": "If-Match", "in": "header", "required": True, "schema": text,
                      "description": "The ETag of the version that is written over."})  # fmt: skip
    if operation.kind == "write":
        text = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
        found.append({
            "name": "Idempotency-Key", "in": "header", "required": False, "schema": text,
            "description": "A repetition under the same key does nothing, and gets the same answer.",
        })  # fmt: skip
    return found


def _body(reader: Reader, models: dict[str, Any]) -> dict[str, Any]:
    kind = "application/merge-patch+json" if reader.route.form == "merge" else "application/json"
    schema = _whole(models) if reader.whole is not None else _reference(reader.model, "validation", models)
    return {"required": reader.required, "content": {kind: {"schema": schema}}}


def _whole(models: dict[str, Any]) -> dict[str, Any]:
    return _reference(input_model(PlannedTask), "validation", models)


def _responses(reader: Reader, operation: Operation, models: dict[str, Any]) -> dict[str, Any]:
    kind: type = resolve(operation.output)
    schema = _reference(output_model(kind), "serialization", models)
    if reader.route.pick is not None:
        part = output_model(kind).model_json_schema(mode="serialization", ref_template=_REFERENCE)
        name = reader.route.pick
        schema = {
            "type": "object", "properties": {name: part["properties"][name]}, "required": [name],
            "additionalProperties": False,
        }  # fmt: skip
    good = {"description": operation.summary, "content": {"application/json": {"schema": schema}}}
    return {str(reader.route.status): good, **{str(status): _problem_of(status) for status in _statuses(reader)}}


_BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "A personal token, or the access token of a registered plugin. What is sent is checked, always.",
}


def _problem_of(status: int) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{'Unauthenticated' if status == HTTPStatus.UNAUTHORIZED else 'Problem'}"}


def _statuses(reader: Reader) -> Iterable[int]:
    yield from (400, 401, 403, 404, 409)
    if reader.route.guarded:
        yield 412
    if not reader.route.in_query:
        yield from (413, 415)
    yield 422
    if reader.route.guarded:
        yield 428
    yield from (429, 503)


def _problem() -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model="Problem")}
    return {"description": "What went wrong, and a safe next step.", "content": {MEDIA_TYPE: {"schema": schema}}}


def _unauthenticated() -> dict[str, Any]:
    header = {"description": "How to prove who calls.", "required": True, "schema": {"type": "string"}}
    return {**_problem(), "headers": {"WWW-Authenticate": header}}


def _reference(model: type[BaseModel], mode: str, models: dict[str, Any]) -> dict[str, Any]:
    models[model.__name__] = (model, mode)
    return {"$ref": _REFERENCE.format(model=model.__name__)}


def _schemas(models: dict[str, Any]) -> dict[str, Any]:
    wanted = [*models.values(), (Problem, "serialization")]
    _, found = models_json_schema(wanted, ref_template=_REFERENCE)
    schemas: dict[str, Any] = found["$defs"]
    return dict(sorted(schemas.items()))
