"""Input models: what requests may say, as strict pydantic models that refuse what they do not know.

Only shapes are judged here; the rules about values are the core's, and are judged there, once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from dataclasses import Field as Spec
from functools import cache
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from vespera_api.schemas.annotations import alternatives, translated
from vespera_api.schemas.bounds import bound_of
from vespera_core.model.basics import UNSET

REFERENCE: Final = "#/components/schemas/{model}"
"""Where the OpenAPI document keeps a model."""

_STRICT: Final = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


@cache
def input_model(kind: type, without: frozenset[str] = frozenset(), name: str | None = None) -> type[BaseModel]:
    """The model of a request, `without` the fields that come in another way."""
    hints = get_type_hints(kind)
    found: dict[str, Any] = {}
    own = name or kind.__name__

    def of_class(other: type) -> Any:
        return own if other is kind else input_model(other)

    for spec in fields(kind):
        if spec.name not in without:
            complete = bound_of(kind, spec.name)
            annotation = translated(hints[spec.name], of_class)
            told = annotation if complete is None else Annotated[annotation, Field(json_schema_extra=complete)]
            found[spec.name] = (told, _default(spec))
    model: type[BaseModel] = create_model(own, __config__=_STRICT, __doc__=kind.__doc__, **found)
    model.model_rebuild(_types_namespace={own: model})
    return model


def _default(spec: Spec[Any]) -> Any:
    if spec.default_factory is not MISSING:
        return spec.default_factory()
    if spec.default is MISSING:
        return ...
    # What is not given is left as it is: the schema names no default for it.
    return FieldInfo(default_factory=lambda: None) if spec.default is UNSET else spec.default


def request_of(kind: type, given: BaseModel | None, others: Mapping[str, Any]) -> Any:
    """The request of the core: what the model was given, and what came in other ways, which is stronger."""
    said = {} if given is None else {name: _plain(getattr(given, name), kind, name) for name in given.model_fields_set}
    return kind(**{**said, **others})


def _plain(value: Any, kind: type, name: str) -> Any:
    if isinstance(value, BaseModel):
        return request_of(_class_in(kind, name), value, {})
    if isinstance(value, tuple) and any(isinstance(one, BaseModel) for one in value):
        return tuple(_plain(one, kind, name) for one in value)
    return value


@cache
def _class_in(kind: type, name: str) -> type:
    """The dataclass that the field of a request is made of."""
    found: list[type] = []

    def of_class(other: type) -> Any:
        found.append(other)
        return Any

    translated(get_type_hints(kind)[name], of_class)
    return found[0]


# ---------------------------------------------------------------- query strings


def from_query(model: type[BaseModel], pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What a query string says, in the types that the model asks for; what does not read as one stays text.

    The values of a table are parameters of their own: ``capacities[tester]=2``. Raises KeyError with the name of a
    parameter that is given twice and holds one value.
    """
    found: dict[str, Any] = {}
    for said, text in pairs:
        name, key = _place(model, said)
        spec = model.model_fields.get(name)
        kinds = (str,) if spec is None else alternatives(spec.annotation)
        if any(get_origin(one) is tuple for one in kinds):
            found[name] = (*found.get(name, ()), text)
            continue
        into = found if key is None else found.setdefault(name, {})
        if not isinstance(into, dict) or (key or name) in into:
            raise KeyError(said)
        into[key or name] = _read(text, kinds if key is None else get_args(kinds[0])[1:])
    return found


def _place(model: type[BaseModel], said: str) -> tuple[str, str | None]:
    """The field that a parameter means, and the key where it is one value of a table."""
    name, _, key = said.removesuffix("]").partition("[")
    spec = model.model_fields.get(name)
    if spec is None or not key or not said.endswith("]") or get_origin(spec.annotation) is not dict:
        return said, None
    return name, key


def _read(text: str, kinds: tuple[Any, ...]) -> Any:
    for kind in kinds:
        read = _READERS.get(kind)
        if read is not None and (value := read(text)) is not None:
            return value
    return text


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,3})?", text) else None


_READERS: Final[dict[Any, Callable[[str], Any]]] = {
    bool: {"true": True, "false": False}.get,
    int: _whole,
    float: _number,
}
