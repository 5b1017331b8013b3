"""Parameters: what an operation is told in its path, its query string, and its headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from vespera_api.http.reading import Reader
from vespera_api.schemas.annotations import Moment
from vespera_api.schemas.inputs import REFERENCE
from vespera_core.ports.operation import Operation

Parameter = dict[str, Any]


def path_parameters(reader: Reader) -> list[Parameter]:
    """The parameters of the path."""
    return [
        {"name": name, "in": "path", "required": True, "schema": _in_path(field), "description": _told(name)}
        for name, field in reader.parameters.items()
    ]


def _in_path(field: str) -> Parameter:
    if field == "as_of":
        return TypeAdapter(Moment).json_schema()
    return {"type": "string", "minLength": 1}


def _told(name: str) -> str:
    return f"The {name.replace('_', ' ')}." + (" A unique beginning of it will do." if name == "task_id" else "")


def query_parameters(reader: Reader) -> list[Parameter]:
    """The parameters of the query string."""
    if not reader.route.in_query:
        return []
    schema = reader.model.model_json_schema(ref_template=REFERENCE)
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, **_style(one), "schema": _in_query(one)}
        for name, one in schema.get("properties", {}).items()
    ]


def _style(schema: Mapping[str, Any]) -> Parameter:
    """Tables are said value by value: ``capacities[tester]=2``."""
    return {"style": "deepObject", "explode": True} if schema.get("type") == "object" else {}


def _in_query(schema: Mapping[str, Any]) -> Parameter:
    """Each value of a table is a parameter of its own, which has a name."""
    found = _not_null(schema)
    return {**found, "propertyNames": {"minLength": 1}} if found.get("type") == "object" else found


def _not_null(schema: Mapping[str, Any]) -> Parameter:
    """A query string cannot say null: it leaves the parameter out."""
    found = {key: value for key, value in schema.items() if key != "default" or value is not None}
    kinds = [one for one in found.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) == 1:
        del found["anyOf"]
        return {**found, **kinds[0]}
    return found


def headers(reader: Reader, operation: Operation) -> list[Parameter]:
    """The headers that mean something to an operation."""
    found: list[Parameter] = []
    if reader.route.guarded:
        schema: Parameter = {"type": "string", "pattern": r'^("[0-9]{1,18}"|\*)$'}
        found.append({
            "name": "If-Match", "in": "header", "required": True, "schema": schema, "example": '"3"',
            "description": "The ETag of the version that is written over; `*` for whatever there is.",
        })  # fmt: skip
    if operation.kind == "write":
        schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
        found.append({
            "name": "Idempotency-Key", "in": "header", "required": False, "schema": schema,
            "description": "A repetition under the same key does nothing, and gets the same answer.",
        })  # fmt: skip
    return found
