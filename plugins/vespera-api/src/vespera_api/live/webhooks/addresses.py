"""Addresses: where messages may go. A name is resolved once, and what it led to is what is connected to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Final
from urllib.parse import SplitResult, urlsplit

from vespera_core.errors import InvalidInput, Refused

MAX_URL: Final = 2_000
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unreachable(Refused):
    """A receiver is at no address that messages may go to, or at none at all."""

    code = "unreachable"
    default_next = "Check the address of the webhook."


def parts_of(url: str) -> SplitResult:
    """A URL that can be sent to, in parts. Raises InvalidInput."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad("it cannot be read") from None
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise _bad(f"it must be up to {MAX_URL:,} printable ASCII characters without spaces")
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise _bad("it must be like 'https://example.org/path'")
    if "@" in parts.netloc or parts.fragment:
        raise _bad("it must hold neither a name and password nor a fragment")
    return parts


def _bad(why: str) -> InvalidInput:
    return InvalidInput(f"The url is no address for a webhook: {why}.", field="url")


def check_literal(host: str, *, private: bool) -> None:
    """Raises InvalidInput for an address that is written out and may not be sent to; names are looked at later."""
    address = _literal("127.0.0.1" if host == "localhost" or host.endswith(".localhost") else host)
    if address is not None and not (private or is_public(address)):
        raise InvalidInput(
            "The url leads to an address that is not public.", field="url",
            next="Name a public address, or allow the others: [service.webhooks] allow_private = true.",
        )  # fmt: skip


async def resolved(host: str, port: int, *, private: bool) -> str:
    """The address to connect to. Raises Unreachable where any that the name leads to is not public."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("The name of the receiver leads nowhere.") from None
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not private and not all(map(is_public, addresses)):
        raise Unreachable(
            "The name of the receiver leads to an address that is not public.",
            next="Name a public address, or allow the others: [service.webhooks] allow_private = true.",
        )
    return str(addresses[0])


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet: addresses that hold another one are judged by that."""
    inner = _inner(address) if isinstance(address, ipaddress.IPv6Address) else None
    return is_public(inner) if inner is not None else address.is_global and not address.is_multicast


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _literal(host: str) -> Address | None:
    """The address that a host is written as; the old forms of IPv4 (``127.1``) count."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
