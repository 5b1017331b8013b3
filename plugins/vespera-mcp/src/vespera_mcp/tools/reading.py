"""Reading: from a tool's arguments to the input of an operation.

What is refused here is refused before anything is done, in a line that names the argument and says what it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from difflib import get_close_matches
from typing import Any, Final, get_args, get_origin

from vespera_core.app.inputs import hints_of, value_of
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import Unset
from vespera_mcp.tools.schemas import TEXT
from vespera_mcp.tools.tool import Tool, Way

TELLING: Final = frozenset({"detail", "budget", "fields"})
"""Arguments that say how the answer is told, where the operation has no field of the name."""


class ArgumentFault(InvalidInput):
    """An argument that a tool does not take, or not like this; `repaired` are arguments that it would take instead."""

    def __init__(self, message: str, *, field: str, repaired: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, field=field)
        self.repaired = repaired


def check_arguments(tool: Tool, arguments: Mapping[str, Any]) -> None:
    """Raises ArgumentFault for an argument that the tool does not know, and for one that is missing."""
    for name in arguments:
        if name not in tool.arguments:
            raise _unknown(tool, name, arguments)
    for name in tool.required:
        if arguments.get(name) is None:
            raise ArgumentFault(f"{tool.name} needs {name} ({_kind(tool, name)}).", field=name)


def request_of(tool: Tool, way: Way, kind: type, arguments: Mapping[str, Any]) -> Any:
    """The input of an operation, of checked arguments. Raises ArgumentFault."""
    hints = hints_of(kind)
    values: dict[str, Any] = dict(way.fixed)
    for name, value in arguments.items():
        target = way.fields.get(name, name)
        if target in hints:
            if value is not None or _clears(hints[target]):
                values[target] = _value(tool, name, hints[target], value, arguments)
        elif name not in TELLING and name != tool.chosen_by and value is not None:
            raise _beside(tool, name, arguments)
    return _made(tool, kind, values, way)


def _made(tool: Tool, kind: type, values: dict[str, Any], way: Way) -> Any:
    """The input. Another way of the tool may need more than the tool itself does."""
    try:
        return kind(**values)
    except TypeError:
        back = {field: name for name, field in way.fields.items()}
        missing = next(one.name for one in fields(kind) if _is_due(one) and one.name not in values)
        name = back.get(missing, missing)
        raise ArgumentFault(f"{tool.name} needs {name} here ({_kind(tool, name)}).", field=name) from None


def _is_due(spec: Field[Any]) -> bool:
    return spec.default is MISSING and spec.default_factory is MISSING


def _value(tool: Tool, name: str, hint: Any, value: Any, arguments: Mapping[str, Any]) -> Any:
    if _clears(hint) and value in (None, ""):
        return None
    if get_origin(hint) is tuple and tool.arguments[name] is TEXT and isinstance(value, str):
        return (value,)
    try:
        return value_of(hint, value, name)
    except InvalidInput as error:
        repaired = None if name in tool.required else {key: one for key, one in arguments.items() if key != name}
        raise ArgumentFault(error.message, field=name, repaired=repaired) from None


def _clears(hint: Any) -> bool:
    """Whether None is a value of its own: it takes away what a task has."""
    return {Unset, type(None)} <= set(get_args(hint))


def _unknown(tool: Tool, name: str, arguments: Mapping[str, Any]) -> ArgumentFault:
    close = get_close_matches(name[:100], tool.arguments, n=1)
    others = {key: value for key, value in arguments.items() if key in tool.arguments}
    if close and close[0] not in others:
        others[close[0]] = arguments[name]
    hint = f"did you mean {close[0]}?" if close else f"it takes: {', '.join(tool.arguments) or 'nothing'}."
    return ArgumentFault(f"{tool.name} takes no {name[:100]!r}; {hint}", field=name[:100], repaired=others)


def _beside(tool: Tool, name: str, arguments: Mapping[str, Any]) -> ArgumentFault:
    others = {key: value for key, value in arguments.items() if key != name}
    chosen = f" with {tool.chosen_by}={arguments.get(tool.chosen_by)!r:.50}" if tool.chosen_by in arguments else ""
    return ArgumentFault(f"{tool.name} takes no {name}{chosen}.", field=name, repaired=others)


def _kind(tool: Tool, name: str) -> str:
    """What an argument is, in words."""
    schema = tool.arguments.get(name, TEXT)
    if "enum" in schema:
        return f"one of: {', '.join(schema['enum'])}"
    return {"string": "text", "integer": "a whole number", "array": "a list", "object": "an object"}.get(
        str(schema.get("type")), "a value"
    )
