"""The wire between this process and the child that runs an engine: pickles with their length, over a pair of pipes.

Both ends are our own processes of the same user, so pickles are as safe here as the code itself.
"""

from __future__ import annotations

import os
import pickle
import select
import struct
import time
from typing import Any, Final

from vespera_core import errors
from vespera_core.errors import EngineFault, VesperaError

_HEAD: Final = struct.Struct("<Q")
_CHUNK: Final = 1 << 20


class Closed(Exception):
    """The other end is gone."""


class Late(Exception):
    """Nothing came in time."""


class Wire:
    """One end: frames go out on one descriptor and come in on another."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing

    def send(self, message: Any) -> None:
        """Raises Closed where nobody reads any more."""
        data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        view = memoryview(_HEAD.pack(len(data)) + data)
        try:
            while view:
                view = view[os.write(self._writing, view[:_CHUNK]) :]
        except OSError as error:
            raise Closed from error

    def receive(self, seconds: float | None = None) -> Any:
        """The next message. Raises Closed at the end, and Late where it takes longer than `seconds`."""
        deadline = None if seconds is None else time.monotonic() + seconds
        (size,) = _HEAD.unpack(self._read(_HEAD.size, deadline))
        return pickle.loads(self._read(size, deadline))  # noqa: S301 - our own child

    def _read(self, size: int, deadline: float | None) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            self._wait(deadline)
            try:
                data = os.read(self._reading, min(_CHUNK, size - len(parts)))
            except OSError as error:
                raise Closed from error
            if not data:
                raise Closed
            parts += data
        return bytes(parts)

    def _wait(self, deadline: float | None) -> None:
        if deadline is None:
            return
        poll = select.poll()
        poll.register(self._reading, select.POLLIN | select.POLLHUP)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise Late

    def close(self) -> None:
        """Close both descriptors; closing twice is fine."""
        for descriptor in (self._reading, self._writing):
            if descriptor >= 0:
                os.close(descriptor)
        self._reading = self._writing = -1


Described = tuple[str, str, str, dict[str, Any]]
"""An error on its way: class name, message, next step, details."""


def described(error: BaseException) -> Described:
    """An error as the wire carries it: its class may not exist at the other end."""
    if isinstance(error, VesperaError):
        details = {name: value for name, value in error.details.items() if _is_plain(value)}
        return type(error).__name__, error.message, error.next, details
    return type(error).__name__, str(error)[:2000], "", {}


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool | None)


def revived(told: Described, maker: str) -> VesperaError:
    """The error that was described: of its own class where it is one of ours, else an EngineFault naming its maker."""
    name, message, step, details = told
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, VesperaError):
        return kind(message, next=step or None, **details)
    return EngineFault(f"{maker} failed: {name}: {message}", maker=maker)
