"""Routes of access: tokens, and plugins that are registered. Their operations come with vespera-security."""

from __future__ import annotations

from typing import Final

from vespera_api.routes.route import Route

ROUTES: Final = (
    Route("GET", "/tokens", "token.list"),
    Route("POST", "/tokens", "token.create", 201),
    Route("DELETE", "/tokens/{token_id}", "token.revoke"),
    Route("GET", "/plugins", "plugin.list"),
    Route("POST", "/plugins", "plugin.register", 201),
    Route("POST", "/plugins/token", "plugin.token"),
    Route("GET", "/plugins/{name}", "plugin.get"),
    Route("DELETE", "/plugins/{name}", "plugin.revoke"),
)
