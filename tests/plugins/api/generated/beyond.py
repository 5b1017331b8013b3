"""Requests with one value each that is just beyond a bound which the description names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plugins.api.conftest import ROOT
from vespera_api.app import Api
from vespera_api.description.examples import EXAMPLES

Schema = dict[str, Any]

IN_PATH = {"target": "web-1", "kind": "relates_to", "event": "1", "principal": "bot", "action": "x.y"}
NEEDED = {
    "title": "T",
    "text": "t",
    "query": "q",
    "useful": True,
    "outcome": "failed",
    "role": "viewer",
    "project": "web",
}
"""What some bodies have to say besides the field that is tried."""


def beyond_bounds(
    api: Api, filled: Mapping[str, str], queries: Mapping[str, Mapping[str, str]]
) -> Iterator[dict[str, Any]]:
    """A request for each bound of each field: `filled` are the parameters of paths, `queries` what paths need."""
    document = api.openapi()
    for reader, operation in api.served:
        route = reader.route
        said = document["paths"].get(ROOT + route.path, {}).get(route.method.lower(), {})
        path = re.sub(r"\{(\w+)\}", lambda match: {**filled, **IN_PATH}[match[1]], route.path)
        asked = {"method": route.method, "url": ROOT + path, "headers": {"If-Match": "*"}}
        for query in _queries(document, said):
            yield {**asked, "params": {**queries.get(route.path, {}), **query}}
        known = {**NEEDED, "task_id": filled["task_id"], **EXAMPLES.get(operation.name, {})}
        for body in _bodies(document, said, known):
            yield {**asked, "json": body}


def _queries(document: Schema, said: Schema) -> Iterator[dict[str, Any]]:
    for one in said.get("parameters", ()):
        for value in _beyond(document, one["schema"]) if one["in"] == "query" else ():
            name = one["name"]
            yield {f"{name}[{key}]": part for key, part in value.items()} if isinstance(value, dict) else {name: value}


def _bodies(document: Schema, said: Schema, known: Schema) -> Iterator[Schema]:
    content = said.get("requestBody", {}).get("content", {})
    schema = _resolved(document, next((one["schema"] for kind, one in content.items() if kind.endswith("json")), {}))
    needed = {name: known[name] for name in schema.get("required", ()) if name in known}
    for name, field in schema.get("properties", {}).items():
        for value in _beyond(document, field):
            yield {**needed, name: value}


def _beyond(document: Schema, field: Schema) -> Iterator[Any]:
    """Values that are shut out by a bound, not by their type; of a list or a table, one such value in it."""
    (schema,) = [_resolved(document, one) for one in field.get("anyOf", [field]) if one != {"type": "null"}]
    if isinstance(schema.get("items"), dict):
        yield from ([one] for one in _beyond(document, schema["items"]))
    elif isinstance(schema.get("additionalProperties"), dict):
        yield from ({"one": one} for one in _beyond(document, schema["additionalProperties"]))
    outside = {
        "enum": "of no kind", "minLength": "", "pattern": "a\0b", "maxLength": "x" * (schema.get("maxLength", 0) + 1),
        "minimum": schema.get("minimum", 0) - 1, "maximum": schema.get("maximum", 0) + 1,
        "exclusiveMinimum": schema.get("exclusiveMinimum"),
    }  # fmt: skip
    yield from (value for bound, value in outside.items() if bound in schema)


def _resolved(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
