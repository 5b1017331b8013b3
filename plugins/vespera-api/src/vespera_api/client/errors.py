"""Problem documents as the errors that they tell of: the same classes that the core raises."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar

import httpx

from vespera_core.errors import EnvironmentFault, VesperaError


class Unreachable(EnvironmentFault):
    """The server did not answer, as often as it was asked."""

    code = "unreachable"
    default_next: ClassVar[str] = "See whether the server runs at this address, and repeat the call with the same key."


class ServerProblem(VesperaError):
    """A problem of a kind that this client does not know; `details["status"]` is the HTTP status."""

    code = "server_problem"


def error_of(response: httpx.Response) -> VesperaError:
    """The error that an answer tells of."""
    try:
        problem: dict[str, Any] = response.json()
        code, message = str(problem["code"]), str(problem["detail"])
    except (ValueError, LookupError, TypeError):
        return ServerProblem(f"The server answered {response.status_code}.", status=response.status_code)
    facts = {**problem.get("details", {}), "status": response.status_code, "request_id": problem.get("request_id")}
    kind = _classes().get(code)
    if kind is None:
        return ServerProblem(message, next=problem.get("next"), **{**facts, "problem": code})
    return kind(message, next=problem.get("next"), **{name: one for name, one in facts.items() if name != "next"})


@cache
def _classes() -> dict[str, type[VesperaError]]:
    """The classes of the core by their codes."""
    return {kind.code: kind for kind in _below(VesperaError) if kind.__module__ == VesperaError.__module__}


def _below(kind: type[VesperaError]) -> Iterator[type[VesperaError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from _below(one)
