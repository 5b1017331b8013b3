"""Sharing: which pages of other sites a browser may let call this server (CORS, by the Fetch standard)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from vespera_api.access.credentials import HEADER as AUTHORIZATION
from vespera_api.access.gate import ACTOR, ROLE
from vespera_api.context import HEADER as REQUEST_ID

_TAKEN: Final = (
    AUTHORIZATION, "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "Last-Event-ID", ACTOR, ROLE,
    REQUEST_ID,
)  # fmt: skip
_SHOWN: Final = (
    "ETag", "Location", "Retry-After", "WWW-Authenticate", "RateLimit", "RateLimit-Policy", REQUEST_ID,
)  # fmt: skip
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


def sharing(origins: Sequence[str]) -> dict[str, Any]:
    """Arguments of Starlette's CORSMiddleware for exactly these origins. Cookies mean nothing to this server."""
    return {
        "allow_origins": list(origins), "allow_methods": _METHODS, "allow_headers": _TAKEN, "expose_headers": _SHOWN,
        "allow_credentials": False, "max_age": 600,
    }  # fmt: skip
