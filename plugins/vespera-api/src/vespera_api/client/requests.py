"""From an operation and its fields to an HTTP request, by the table of routes that the server lays as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from pydantic import BaseModel

from vespera_api.routes.route import Route
from vespera_api.routes.table import OF_PLUGINS, ROUTES
from vespera_api.schemas.outputs import output_model
from vespera_core.app.operations import builtin_operations
from vespera_core.errors import InvalidInput, UnknownOperation
from vespera_core.ports.operation import resolve

PREFIX: Final = "/api/v1"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its method, path, query and JSON body."""

    method: str
    path: str
    query: dict[str, Any]
    body: Any


def asked(operation: str, fields: Mapping[str, Any]) -> Asked:
    """The request for an operation. Raises InvalidInput where no path of it takes these fields."""
    route = _route(operation, fields)
    filled = {name: route.field_of(name) for name in route.named()}
    path = route.path
    for name, field in filled.items():
        path = path.replace("{" + name + "}", quote(_one(fields[field]), safe=""))
    others = {name: _plain(one) for name, one in fields.items() if name not in filled.values()}
    if route.in_query:
        return Asked(route.method, PREFIX + path, _query(others), None)
    whole = others[route.whole] if route.whole is not None else others
    return Asked(route.method, PREFIX + path, {}, whole)


def answer_model(operation: str) -> type[BaseModel] | None:
    """The model of what an operation answers; None for those of plugins, which this client does not know."""
    target = _outputs().get(operation)
    return None if target is None else output_model(resolve(target))


@cache
def _outputs() -> dict[str, str]:
    return {one.name: one.output for one in builtin_operations()}


def _route(operation: str, fields: Mapping[str, Any]) -> Route:
    """The route that takes most of the fields in its path; one that fixes a field or shows a part is for browsers."""
    known = [one for one in (*ROUTES, *OF_PLUGINS) if one.operation == operation and one.file is None]
    if not known:
        raise UnknownOperation(f"This client knows no path for the operation {operation!r}.", operation=operation)
    fit = [one for one in known if _takes(one, fields)]
    if not fit:
        needed = sorted({one.field_of(name) for one in known for name in one.named()})
        raise InvalidInput(f"{operation} needs more fields: one of {', '.join(needed)}.", field=needed[0])
    return max(fit, key=lambda one: (len(one.named()), -len(one.fixed)))


def _takes(route: Route, fields: Mapping[str, Any]) -> bool:
    plain = not (route.fixed or route.pick or route.hidden)
    named = [route.field_of(name) for name in route.named()]
    return plain and all(_is_one(fields.get(name)) for name in named)


def _is_one(value: Any) -> bool:
    return isinstance(value, (str, int)) or (isinstance(value, (list, tuple)) and len(value) == 1)


def _one(value: Any) -> str:
    return str(value[0] if isinstance(value, (list, tuple)) else value)


def _plain(value: Any) -> Any:
    """A value as JSON: moments as RFC 3339 text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def _query(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as a query string says them; the values of a table are parameters of their own."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, Mapping):
            found |= {f"{name}[{key}]": _said(one) for key, one in value.items()}
        else:
            found[name] = _said(value)
    return found


def _said(value: Any) -> Any:
    """A value in a query string."""
    return str(value).lower() if isinstance(value, bool) else value
