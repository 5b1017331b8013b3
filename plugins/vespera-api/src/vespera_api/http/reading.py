"""Reading: from a request to the input of its operation."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import fields
from functools import cached_property, partial
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request

from vespera_api.problems import HttpProblem, invalid
from vespera_api.routes.route import Route
from vespera_api.schemas.annotations import Moment
from vespera_api.schemas.inputs import from_query, input_model, request_of
from vespera_core.app.requests import PlannedTask
from vespera_core.model.basics import Micros
from vespera_core.ports.operation import Operation, resolve

MAX_BODY: Final = 4 * 1024 * 1024
"""Bytes that a request may bring."""

LARGE: Final = 64 * 1024
"""Bytes from which on a body is read in a thread: others are not to wait for it."""

VERSION: Final = "expected_version"
FILE: Final = "path"
"""The field of an operation that names a file: no caller does."""
_ETAG = re.compile(r'"([0-9]{1,18})"')
_JSON: Final = "application/json"
_MERGE: Final = "application/merge-patch+json"


class Reader:
    """Reads the requests of one route."""

    def __init__(self, route: Route, operation: Operation) -> None:
        self.route = route
        self.input: type = resolve(operation.input)
        self._fields = {spec.name: str(spec.type) for spec in fields(self.input)}

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The parameters of the path and the fields that they fill."""
        return {name: self.route.field_of(name) for name in self.route.named()}

    @cached_property
    def model(self) -> type[BaseModel]:
        """What the query string or the body may say."""
        taken = {*self.parameters.values(), *self.route.fixed}
        if self.route.guarded:
            taken.add(VERSION)
        if self.route.file is not None:
            taken.add(FILE)
        return input_model(self.input, frozenset(taken), _model_name(self.input, taken))

    @cached_property
    def whole(self) -> TypeAdapter[Any] | None:
        """The one field that is the whole body, where the route says so."""
        if self.route.whole is None:
            return None
        adapter: TypeAdapter[Any] = TypeAdapter(input_model(PlannedTask))
        return adapter

    @cached_property
    def required(self) -> bool:
        """Whether there must be a body."""
        return any(spec.is_required() for spec in self.model.model_fields.values())

    async def read(self, request: Request, **more: Any) -> Any:
        """The input of the operation, with `more` that is implied. Raises HttpProblem."""
        implied: dict[str, Any] = {**self._of_path(request), **self.route.fixed, **more}
        if self.route.guarded:
            implied[VERSION] = _version(request)
        if self.route.in_query:
            return self._input(partial(self._of_query, request), implied)
        refuse_query(request)
        body = await body_of(request)
        make = partial(self._input, partial(self._of_body, request, body), implied)
        return await asyncio.to_thread(make) if len(body) > LARGE else make()

    def _input(self, given: Callable[[], BaseModel | None], implied: dict[str, Any]) -> Any:
        try:
            return request_of(self.input, given(), implied)
        except ValidationError as error:
            raise invalid(error) from None

    def _of_path(self, request: Request) -> dict[str, Any]:
        return {field: self._value(field, request.path_params[name]) for name, field in self.parameters.items()}

    def _value(self, field: str, text: str) -> Any:
        kind = self._fields[field]
        if kind.startswith("tuple"):
            return (text,)
        if "Micros" in kind:
            try:
                return Micros(_MOMENT.validate_python(text))
            except ValidationError as error:
                raise invalid(error) from None
        return text

    def _of_query(self, request: Request) -> BaseModel | None:
        if not request.scope["query_string"] and not self.required:
            return None
        try:
            said = from_query(self.model, request.query_params.multi_items())
        except KeyError as error:
            raise HttpProblem(422, "invalid_input", f"{str(error.args[0])[:100]} is given twice.") from None
        return self.model.model_validate(said)

    def _of_body(self, request: Request, body: bytes) -> BaseModel:
        if not body and not self.required:
            return self.model()
        check_media_type(request, (_JSON, _MERGE) if self.route.form == "merge" else (_JSON,))
        if self.whole is not None:
            return self.model.model_validate({str(self.route.whole): (self.whole.validate_json(body),)})
        return self.model.model_validate_json(body)


_MOMENT: Final[TypeAdapter[int]] = TypeAdapter(Moment)


def _model_name(kind: type, taken: set[str]) -> str:
    """A name of its own for each shape of an input: without what the path says already."""
    left = "".join(part.title() for name in sorted(taken) for part in name.split("_"))
    return f"{kind.__name__}Without{left}" if taken else kind.__name__


async def body_of(request: Request) -> bytes:
    """The body, as far as this server takes one. Raises HttpProblem (413) at the first byte too many."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise HttpProblem(
                413, "content_too_large", f"The body has more than {MAX_BODY:,} bytes.",
                next="Send less at a time: /api/v1/tasks/bulk takes many tasks in several requests.",
                headers={"Connection": "close"},
            )  # fmt: skip
    return bytes(body)


def refuse_query(request: Request) -> None:
    """Raises HttpProblem where a request whose fields come in the body has a query string."""
    if request.query_params:
        name = next(iter(request.query_params))[:100]
        raise HttpProblem(422, "invalid_input", f"This path takes no parameter {name!r} in the query string.")


def check_media_type(request: Request, known: tuple[str, ...]) -> None:
    """Raises HttpProblem unless the body is said to be JSON in UTF-8."""
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = re.search(r'charset\s*=\s*"?([^";\s]+)', parameters, re.IGNORECASE)
    if kind.strip().lower() not in known:
        raise HttpProblem(
            415, "unsupported_media_type", f"The body must be {' or '.join(known)}.",
            next=f"Send it with 'Content-Type: {known[-1]}'.", headers={"Accept-Patch" if _MERGE in known else
            "Accept": known[-1]},
        )  # fmt: skip
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8"):
        raise HttpProblem(415, "unsupported_media_type", "The body must be in UTF-8.")


def _version(request: Request) -> int | None:
    """The version that If-Match names; None for any (``*``). Raises HttpProblem where it is missing or no ETag."""
    given = request.headers.get("if-match")
    if given is None:
        raise HttpProblem(
            428, "precondition_required", "This path writes one object: say with If-Match which version you saw.",
            next="Read it, and send its ETag as If-Match.",
        )  # fmt: skip
    if given.strip() == "*":
        return None
    found = _ETAG.fullmatch(given.strip())
    if found is None:
        raise HttpProblem(400, "malformed", 'If-Match must be one ETag of ours, such as "3", or *.')
    return int(found[1])
