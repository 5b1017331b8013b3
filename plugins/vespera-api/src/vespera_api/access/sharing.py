"""Sharing: which pages of other sites a browser may let call this server (CORS, by the Fetch standard)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from vespera_api.access.gate import ACTOR, ROLE
from vespera_api.context import HEADER as REQUEST_ID
from vespera_core.app.network.credentials import HEADER as AUTHORIZATION
from vespera_core.ports.transport import Mount

_TAKEN: Final = (
    AUTHORIZATION, "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "Last-Event-ID", ACTOR, ROLE,
    REQUEST_ID,
)  # fmt: skip
_SHOWN: Final = (
    "ETag", "Location", "Retry-After", "WWW-Authenticate", "RateLimit", "RateLimit-Policy", REQUEST_ID,
)  # fmt: skip
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


def sharing(origins: Sequence[str], mounts: Iterable[Mount] = ()) -> dict[str, Any]:
    """Arguments of Starlette's CORSMiddleware for exactly these origins. Cookies mean nothing to this server."""
    takes, shows = [*_TAKEN], [*_SHOWN]
    for mount in mounts:
        takes += mount.takes
        shows += mount.shows
    return {
        "allow_origins": list(origins), "allow_methods": _METHODS, "allow_headers": takes, "expose_headers": shows,
        "allow_credentials": False, "max_age": 600,
    }  # fmt: skip
