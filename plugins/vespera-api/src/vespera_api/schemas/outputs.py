"""Output models: the public JSON of answers, which `vespera_core.model.public` makes, described for programs.

They document and check; they do not serialise: the command line and this transport show values through one function.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any, Final, get_type_hints

from pydantic import AwareDatetime, BaseModel, ConfigDict, create_model

from vespera_api.schemas.annotations import is_named_tuple, translated
from vespera_core.model.event import Event
from vespera_core.model.public import HIDDEN
from vespera_core.model.task import Task

_EXACT: Final = ConfigDict(extra="forbid")


class LinkOut(BaseModel):
    """A relation that does not block, as it is shown within its task."""

    model_config = _EXACT

    kind: str
    task_id: str


@cache
def output_model(kind: type) -> type[BaseModel]:
    """The model of an answer, or of a value in one. Every field is always there."""
    if kind is Task:
        return _task_model()
    hints = get_type_hints(kind)
    own = f"{kind.__name__}Out"

    def of_class(other: type) -> Any:
        if other is kind:
            return own
        return list[Any] if is_named_tuple(other) else output_model(other)

    found: dict[str, Any] = {
        spec.name: (translated(hints[spec.name], of_class, AwareDatetime), ...) for spec in fields(kind)
    }
    if kind is Event:
        found["payload"] = (dict[str, Any], ...)
    model: type[BaseModel] = create_model(own, __config__=_EXACT, __doc__=kind.__doc__, **found)
    model.model_rebuild(_types_namespace={own: model})
    return model


@cache
def _task_model() -> type[BaseModel]:
    hints = get_type_hints(Task)
    found: dict[str, Any] = {
        name: (translated(hints[name], lambda _: Any, AwareDatetime), ...)
        for name in Task.__dataclass_fields__
        if name not in HIDDEN
    }
    found["depends_on"] = (list[str], ...)
    found["relations"] = (list[LinkOut], ...)
    return create_model("TaskOut", __config__=_EXACT, __doc__=Task.__doc__, **found)
