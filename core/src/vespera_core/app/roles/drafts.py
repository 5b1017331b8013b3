"""What reading role files makes: drafts of roles, and problems. Nothing here needs the reader itself."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.model.record import record

SUFFIXES: Final = (".yaml", ".yml")


@record(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a role, and where; `role` is the name that cannot be used for it, where that is known."""

    message: str
    source: str
    line: int = 1
    field: str = ""
    role: str | None = None

    @property
    def text(self) -> str:
        """All of it as one sentence."""
        field = f"{self.field} " if self.field else ""
        return f"{self.source}, line {self.line}: {field}{self.message}."


@record(frozen=True, slots=True, kw_only=True)
class Draft:
    """A role as one file says it: the fields that it gives, before anything is inherited."""

    name: str
    given: dict[str, Any]
    source: str
    line: int
