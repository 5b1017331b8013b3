"""The JSON schema of role files, made from the table of their fields, for editors that complete and check YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from vespera_core.app.roles.fields import FIELDS, Field

FILE: Final = "role.schema.json"
_WORD: Final = {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,49}$"}


def role_schema() -> dict[str, Any]:
    """The schema: a role, or several under ``roles``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A role file of Vespera",
        "anyOf": [
            {"$ref": "#/$defs/role"},
            {
                "type": "object",
                "properties": {"roles": {"type": "array", "items": {"$ref": "#/$defs/role"}}},
                "required": ["roles"],
                "additionalProperties": False,
            },
        ],
        "$defs": {"role": _mapping(FIELDS)},
    }


def _mapping(fields: Mapping[str, Field]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"description": one.about, **_nullable(one)} for name, one in fields.items()},
        "additionalProperties": False,
    }


def _nullable(field: Field) -> dict[str, Any]:
    plain = _plain(field)
    return {"anyOf": [plain, {"type": "null"}]} if field.empty else plain


def _plain(field: Field) -> dict[str, Any]:
    if field.kind == "mapping":
        return _mapping(field.inner)
    if field.kind == "text":
        return {"type": "string", "maxLength": field.limit}
    if field.kind == "word":
        return _WORD
    if field.kind == "number":
        return {"type": "integer", "minimum": 0, "maximum": field.limit}
    return _one_or_many(_item(field), field.limit)


def _item(field: Field) -> dict[str, Any]:
    if field.kind == "choices":
        return {"enum": list(field.choices)}
    return _WORD if field.kind == "words" else {"type": "string", "minLength": 1, "maxLength": 1_000}


def _one_or_many(item: dict[str, Any], limit: int) -> dict[str, Any]:
    many = {"type": "array", "items": item, "uniqueItems": True, **({"maxItems": limit} if limit else {})}
    return {"anyOf": [item, many]}
