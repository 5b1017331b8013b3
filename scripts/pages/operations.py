"""The page of operations."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Iterator
from typing import Any

from pages.words import code, page, prose, table
from vespera_core.app.operations import builtin_operations
from vespera_core.model.basics import UNSET
from vespera_core.ports.operation import resolve


def operations_page() -> str:
    lead = (
        "Everything that Vespera can do is an entry of one table. The command line and the Python API call these "
        "operations; policies judge their actions. From Python: `ledger.call(name, request)`, with requests from "
        "`vespera_core.app.requests`. *Required* fields have no default; *not given* leaves a value as it is."
    )
    return page("Operations", lead, _operation_parts())


def _operation_parts() -> Iterator[str]:
    operations = builtin_operations()
    rows = [
        (f"[{one.name}](#{one.name.replace('.', '')})", one.kind, code(one.action), one.summary) for one in operations
    ]
    yield table(("operation", "kind", "action", "what it does"), rows)
    named: dict[str, type] = {}
    for one in operations:
        yield f"## {one.name}"
        yield f"{one.summary} A {one.kind} operation under the action `{one.action}`."
        for word, target in (("Input", resolve(one.input)), ("Output", resolve(one.output))):
            yield f"{word} `{target.__name__}`: {prose(target.__doc__)}"
            if dataclasses.fields(target):
                yield _fields(target)
            _name_types(target, named)
    yield "## Values"
    yield "What the fields above are made of. `Micros` is a moment: microseconds since 1970, UTC; RFC 3339 in JSON."
    for name in sorted(named):
        yield f"### {name}"
        yield prose(named[name].__doc__)
        yield _fields(named[name])


def _fields(kind: type) -> str:
    if dataclasses.is_dataclass(kind):
        rows = [(code(one.name), code(str(one.type)), _default(one)) for one in dataclasses.fields(kind)]
    else:
        rows = [(code(name), code(str(_written(type_))), "required") for name, type_ in kind.__annotations__.items()]
    return table(("field", "type", "default"), rows)


def _written(annotation: Any) -> str:
    return annotation.__forward_arg__ if isinstance(annotation, typing.ForwardRef) else str(annotation)


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is UNSET:
        return "not given"
    if field.default is not dataclasses.MISSING:
        return code(repr(field.default))
    if field.default_factory is not dataclasses.MISSING:
        return code(repr(field.default_factory()))
    return "required"


def _name_types(kind: type, named: dict[str, type]) -> None:
    """Collect every value type that a type's fields mention."""
    for hint in typing.get_type_hints(kind).values():
        for found in _mentioned(hint):
            if found.__name__ not in named:
                named[found.__name__] = found
                _name_types(found, named)


def _mentioned(hint: Any) -> Iterator[type]:
    for argument in typing.get_args(hint):
        yield from _mentioned(argument)
    if inspect.isclass(hint) and (dataclasses.is_dataclass(hint) or hasattr(hint, "_fields")):
        yield hint
