"""Listening: where a server may be reached, and the socket that it is reached at."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Collection, Iterator
from functools import lru_cache

from vespera_core.errors import ConfigError, EnvironmentFault


def check_address(host: str, *, table: str, asks_for_tokens: bool, hosts: Collection[str]) -> None:
    """Raises ConfigError for an address that other machines reach, unless callers and names of it are told apart.

    `table` is where the settings of the server stand.
    """
    if host == "localhost" or is_loopback(host):
        return
    wrong = [] if asks_for_tokens else ['auth = "token", so that callers prove who they are']
    if not hosts:
        wrong.append('hosts = ["NAME"], the names under which callers reach it')
    if wrong:
        raise ConfigError(
            f"{host} can be reached from other machines, and the server is not set up for that.", host=host,
            next=f"Listen on 127.0.0.1, or set in [{table}] of .vespera/config.toml: {'; and '.join(wrong)}.",
        )  # fmt: skip


@lru_cache(maxsize=1024)
def is_loopback(address: str, unknown: bool = False) -> bool:
    """Whether an address is of this machine alone; `unknown` is answered for what is no address."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(address).is_loopback
    return unknown


@contextlib.contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket. Raises EnvironmentFault where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        yield listener
    except OSError as error:
        raise EnvironmentFault(
            f"Cannot listen on {host} port {port}: {error.strerror or error}.",
            next="Choose another port: 0 takes a free one.",
        ) from error
    finally:
        listener.close()


def url_of(host: str, port: int) -> str:
    """The address of a server that listens there."""
    return f"http://{named(host)}:{port}"


def named(host: str) -> str:
    """An address as it stands in URLs and in the header Host."""
    return f"[{host}]" if ":" in host else host
