"""Mounting: how one transport is carried by the server of another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Final

from vespera_core.model.record import record

if TYPE_CHECKING:
    from vespera_core.app.application import Vespera
    from vespera_core.app.bridge import Bridge
    from vespera_core.app.network.gate import Admission

Message = MutableMapping[str, Any]
App = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
"""An ASGI app."""

CALLER: Final = "vespera.caller"
"""Where in the scope of a request stands who was let in with it, as a `Caller`."""
ADMISSION: Final = "vespera.admission"
"""Where in the scope of a request stands by what right, as an `Admission`."""


@record(frozen=True, slots=True, kw_only=True)
class Carrier:
    """What a mounted transport is given: the open ledger, the way to its operations, and word of who may stay.

    No request reaches it that the carrier did not let in, and each says who that was. `still` answers whether somebody
    would be let in now: for connections that stay open.
    """

    ledger: Vespera
    bridge: Bridge
    still: Callable[[Admission], Awaitable[bool]]


@record(frozen=True, slots=True, kw_only=True)
class Mounted:
    """A transport that is carried: the app that answers, its life around all requests, and how it is told to end.

    `end` lets go of connections that stay open; calls that are under way are answered still.
    """

    app: App
    life: Callable[[], AbstractAsyncContextManager[None]]
    end: Callable[[], Awaitable[None]]
