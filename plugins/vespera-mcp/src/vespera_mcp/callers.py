"""Callers: who stands behind a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    from vespera_core.ports.access import Caller

CALLER: Final = "vespera.caller"
"""Where in the ASGI scope of a request stands who was let in with it."""


def caller_of(context: ServerRequestContext[Any, Any]) -> Caller | None:
    """Who calls; None over a pipe, where it is whoever started the server."""
    return None if context.request is None else context.request.scope[CALLER]
