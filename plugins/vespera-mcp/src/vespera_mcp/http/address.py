"""Addresses: where to listen, as it is written on a command line."""

from __future__ import annotations

from typing import Final

from vespera_core.errors import InvalidInput

HIGHEST: Final = 65_535


def address_of(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``, with brackets around an address of IPv6. Raises InvalidInput."""
    host, _, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    bracketed = host != bare
    if not bare or not port.isascii() or not port.isdigit() or int(port) > HIGHEST or bracketed != (":" in bare):
        raise InvalidInput(
            f"{text!r} is no address to listen on.", field="http",
            next="Write it as 127.0.0.1:8421, or as [::1]:8421; port 0 takes a free one.",
        )  # fmt: skip
    return bare, int(port)
