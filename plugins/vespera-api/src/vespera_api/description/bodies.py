"""Bodies: what an operation takes and answers."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final, Literal

from pydantic import BaseModel

from vespera_api.description.examples import EXAMPLES
from vespera_api.http.files import FIGURES, SENT, TAKEN
from vespera_api.http.reading import Reader
from vespera_api.schemas.inputs import REFERENCE, input_model
from vespera_api.schemas.outputs import output_model
from vespera_core.app.requests import PlannedTask
from vespera_core.ports.operation import Operation, resolve

Models = dict[str, tuple[type[BaseModel], Literal["validation", "serialization"]]]
"""The models that the document refers to, by name."""

_BYTES: Final = {"type": "string", "format": "binary"}
_VERSIONED: Final = ("task", "project")


def body(reader: Reader, operation: Operation, models: Models) -> dict[str, Any] | None:
    """The body of a request; None where there is none."""
    route = reader.route
    if route.file == "received":
        return {"required": True, "description": "The file.", "content": {kind: {"schema": _BYTES} for kind in TAKEN}}
    if route.in_query or not reader.model.model_fields:
        return None
    kind = "application/merge-patch+json" if route.form == "merge" else "application/json"
    model = input_model(PlannedTask) if reader.whole is not None else reader.model
    content: dict[str, Any] = {"schema": refer(model, "validation", models)}
    if route.form == "replace":
        content["schema"] = {"allOf": [content["schema"]], "required": ["title"]}
    example = EXAMPLES.get(operation.name)
    if example is not None:
        content["example"] = example["tasks"][0] if reader.whole is not None else _fitting(example, reader)
    return {"required": reader.required or route.form == "replace", "content": {kind: content}}


def _fitting(example: dict[str, Any], reader: Reader) -> dict[str, Any]:
    return {name: value for name, value in example.items() if name in reader.model.model_fields}


def good(reader: Reader, operation: Operation, models: Models) -> dict[str, Any]:
    """The answer to a request that could be done."""
    if reader.route.file == "sent":
        return _file(operation)
    kind: type = resolve(operation.output)
    schema = refer(output_model(kind), "serialization", models)
    if reader.route.pick is not None:
        part = output_model(kind).model_json_schema(mode="serialization", ref_template=REFERENCE)
        name = reader.route.pick
        schema = {
            "type": "object", "properties": {name: part["properties"][name]}, "required": [name],
            "additionalProperties": False,
        }  # fmt: skip
    told: dict[str, Any] = {"description": _sentence(kind), "content": {"application/json": {"schema": schema}}}
    if {spec.name for spec in fields(kind)} & {*_VERSIONED}:
        told["headers"] = {"ETag": _header("The version of what is shown, for If-Match.")}
    return told


def _file(operation: Operation) -> dict[str, Any]:
    kinds = dict.fromkeys((*SENT.values(), TAKEN[-1]))
    names = {spec.name for spec in fields(resolve(operation.output))}
    headers = {header: _header(f"The {name} of the file.") for name, header in FIGURES.items() if name in names}
    return {
        "description": operation.summary, "content": {kind: {"schema": _BYTES} for kind in kinds},
        **({"headers": headers} if headers else {}),
    }  # fmt: skip


def _header(told: str) -> dict[str, Any]:
    return {"description": told, "required": False, "schema": {"type": "string"}}


def _sentence(kind: type) -> str:
    return " ".join((kind.__doc__ or "").strip().split("\n\n")[0].split()).replace("``", "`")


def refer(model: type[BaseModel], mode: Literal["validation", "serialization"], models: Models) -> dict[str, Any]:
    """A reference to a model. Raises ValueError for two models of one name, of which one would be described wrongly."""
    if models.setdefault(model.__name__, (model, mode))[0] is not model:
        raise ValueError(f"two models are called {model.__name__}")
    return {"$ref": REFERENCE.format(model=model.__name__)}
