"""The OpenAPI document of a server that asks for tokens, with vespera-security and no other plugin beside it."""

from __future__ import annotations

import json

from vespera_api.app import described, served_of
from vespera_api.live.webhooks.operations import OPERATIONS as WEBHOOKS
from vespera_core.app.operations import builtin_operations
from vespera_security.tokens.operations import OPERATIONS as TOKENS

SERVER = "http://127.0.0.1:8420"


def openapi_document() -> str:
    """The document as it is committed: the same wherever it is computed, whatever is installed there."""
    served = served_of({one.name: one for one in (*builtin_operations(), *TOKENS, *WEBHOOKS)})
    return json.dumps(described(served, SERVER, is_open=False), indent=1, ensure_ascii=False) + "\n"
