"""Signatures of messages, after the Standard Webhooks specification (version 1, symmetric).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hmac
from secrets import token_bytes
from typing import Final

PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_secret() -> str:
    """A secret in the form in which receivers take it: a prefix, and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(token_bytes(_BYTES)).decode()


def headers_of(secret: str, message_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """What proves a message sent at a moment (in seconds since 1970): its id, the moment, and the signature of all."""
    signed = b".".join((message_id.encode(), str(seconds).encode(), body))
    digest = hmac.digest(base64.b64decode(secret.removeprefix(PREFIX)), signed, "sha256")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
