"""Packing: answers are compressed for those who can read them so, and go past all of it to the others."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send


class Packing(GZipMiddleware):
    """Starlette's compression, for requests that ask for it.

    The others need no word that the answer would vary: no answer of ours is kept by caches unasked.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and "gzip" in Headers(scope=scope).get("accept-encoding", "")
        await (super().__call__ if asked else self.app)(scope, receive, send)
