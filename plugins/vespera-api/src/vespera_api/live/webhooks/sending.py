"""Sending one message: to one address, within one span of time, taking little of the answer."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Final

import httpx

from vespera_api.live.webhooks.addresses import Unreachable, parts_of, resolved
from vespera_api.live.webhooks.signing import headers_of
from vespera_core.model.record import record

EXCERPT: Final = 300
"""Bytes of the receiver's answer that are kept."""
_PORTS: Final = {"https": 443, "http": 80}
_HEADERS: Final = {"content-type": "application/json", "user-agent": "vespera-webhooks", "accept-encoding": "identity"}


@record(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it. `error` is empty where the receiver took the message, which it says with a status of 2xx."""

    status: int | None = None
    error: str = ""
    said: str = ""
    gone: bool = False


class Sender:
    """Sends messages; no redirect is followed, no proxy asked, and no cookie kept."""

    def __init__(self, *, timeout: float, private: bool) -> None:
        self._timeout = timeout
        self._private = private
        self._tls = ssl.create_default_context()

    async def send(self, url: str, secret: str, message_id: str, body: bytes) -> Outcome:
        """Try once."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._sent(url, headers_of(secret, message_id, int(time.time()), body), body)
        except TimeoutError:
            return Outcome(error=f"there was no answer within {self._timeout:g} seconds")
        except Unreachable as error:
            return Outcome(error=error.message)
        except (httpx.HTTPError, OSError, ssl.SSLError) as error:
            return Outcome(error=f"the connection failed: {type(error).__name__}")

    async def _sent(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        parts = parts_of(url)
        host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
        address = await resolved(host, port, private=self._private)
        target = httpx.URL(url).copy_with(host=address)
        async with (
            httpx.AsyncClient(
                verify=self._tls, follow_redirects=False, trust_env=False, timeout=self._timeout
            ) as client,
            client.stream(
                "POST", target, content=body, headers={**_HEADERS, **headers, "host": parts.netloc},
                extensions={"sni_hostname": host},
            ) as answer,
        ):  # fmt: skip
            return _outcome(answer.status_code, await _excerpt(answer))


async def _excerpt(answer: httpx.Response) -> str:
    """The beginning of what the receiver says; the rest is left where it is."""
    found = b""
    async for part in answer.aiter_raw():
        found += part
        if len(found) >= EXCERPT:
            break
    text = found[:EXCERPT].decode("utf-8", "replace")
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _outcome(status: int, said: str) -> Outcome:
    if 200 <= status < 300:
        return Outcome(status=status)
    kind = "a redirect, which is not followed" if 300 <= status < 400 else "a refusal"
    return Outcome(status=status, error=f"the answer was {status}, {kind}", said=said, gone=status == 410)
