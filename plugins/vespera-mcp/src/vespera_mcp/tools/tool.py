"""A tool: a name, what it takes, and the operations that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.model.record import record

Schema = dict[str, Any]

CORE: Final = "core"
SEARCH: Final = "search"
GRAPH: Final = "graph"
ROLES: Final = "roles"
ADMIN: Final = "admin"
TOOLSETS: Final = (CORE, SEARCH, GRAPH, ROLES, ADMIN)
"""Sets that a server may offer; without a word it offers the first."""

ANY: Final = "*"


@record(frozen=True, slots=True, kw_only=True)
class Way:
    """One operation behind a tool: which fields of its input the tool's arguments fill, and which are fixed.

    `fields` are the names of arguments with those of the fields where these differ. An argument that is no field of
    the input, and not renamed, concerns the telling of the answer or another way.
    """

    operation: str
    fields: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)


@record(frozen=True, slots=True, kw_only=True)
class Tool:
    """What a model is told of, and what it stands for.

    `arguments` are the schemas of what it takes, in the order in which they are told; `required` are those without
    which there is nothing to do. Where it stands for several operations, `ways` names each by the value that the
    argument `chosen_by` has, or by `ANY` for whichever it has; the first is meant where it is left out. `reads` says
    that it changes nothing, `destroys` that it takes something away, and `local` that it names files of the machine
    that the server runs on, so that nobody else is offered it.
    """

    name: str
    summary: str
    toolsets: tuple[str, ...]
    ways: Mapping[str, Way]
    arguments: Mapping[str, Schema]
    required: tuple[str, ...] = ()
    chosen_by: str = ""
    reads: bool = False
    destroys: bool = False
    local: bool = False

    @property
    def schema(self) -> Schema:
        """The JSON schema of its arguments."""
        schema: Schema = {"type": "object", "properties": dict(self.arguments), "additionalProperties": False}
        if self.required:
            schema["required"] = list(self.required)
        return schema

    def way(self, arguments: Mapping[str, Any]) -> Way:
        """The operation that these arguments mean. Raises InvalidInput."""
        if not self.chosen_by:
            return next(iter(self.ways.values()))
        word = arguments.get(self.chosen_by)
        if word is None:
            return next(iter(self.ways.values()))
        found = self.ways.get(ANY) or (self.ways.get(word) if isinstance(word, str) else None)
        if found is None:
            raise InvalidInput(
                f"{self.chosen_by} must be one of: {', '.join(self.ways)}.", field=self.chosen_by, next="Choose one."
            )
        return found
