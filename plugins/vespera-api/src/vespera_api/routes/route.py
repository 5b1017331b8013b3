"""The route: a method and a path, tied to one operation of the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any, Final, Literal

from vespera_core.model.record import record

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


@record(frozen=True, slots=True)
class Route:
    """A path to an operation.

    `path` stands below ``/api/v1``; its parameters are fields of the operation's input, or what `renames` says they
    are. `fixed` are fields whose value the path implies. The other fields come in the query string (GET, DELETE) or in
    a JSON body. `whole` names a field that is the whole body. `pick` shows one part of the answer alone. A `file` that
    the operation reads is received as the body, and the fields come in the query string; one that it writes is sent.

    A `guarded` route writes one object, whose version the caller proves with If-Match. `status` is that of success;
    `form` names how the body is read where it says more than fields: ``merge`` (RFC 7396) or ``replace``.
    """

    method: Method
    path: str
    operation: str
    status: int = 200
    renames: Mapping[str, str] = field(default_factory=lambda: _NONE)
    fixed: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    whole: str | None = None
    pick: str | None = None
    guarded: bool = False
    form: Literal["fields", "merge", "replace"] = "fields"
    hidden: bool = False
    file: Literal["received", "sent"] | None = None

    @property
    def tag(self) -> str:
        """The part of the ledger that it belongs to: the first word of its path."""
        return self.path.split("/")[1]

    @property
    def in_query(self) -> bool:
        """Whether fields come in the query string."""
        return self.method in ("GET", "DELETE") or self.file is not None

    def named(self) -> tuple[str, ...]:
        """The parameters in the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    def field_of(self, parameter: str) -> str:
        """The field of the input that a parameter of the path fills."""
        return self.renames.get(parameter, parameter)
