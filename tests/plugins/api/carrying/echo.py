"""Tiny transports that a server carries, and some that cannot be carried."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from vespera_core.app.network.mounting import CALLER, Carrier, Mounted
from vespera_core.app.requests import ListTasks
from vespera_core.hookspecs import hookimpl
from vespera_core.ports.transport import Mount, Transport

LIVES: list[str] = []
"""What the lives of the running test have come to."""


class Offers:
    """Offers transports at these mounts, by name."""

    def __init__(self, **mounts: Any) -> None:
        self._mounts = mounts

    @hookimpl
    def vespera_transports(self) -> Iterable[Transport]:
        return [
            Transport(name=name, summary="An echo.", command="x:y", mount=mount) for name, mount in self._mounts.items()
        ]


def at(path: str, make: str = "echo") -> Mount:
    """A mount of this module."""
    return Mount(path=path, app=f"{__name__}:{make}", takes=("Echo-In",), shows=("Echo-Out",))


def echo(carrier: Carrier) -> Mounted:
    """Answers who was let in, and how many tasks there are."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        caller = scope[CALLER]
        page = await carrier.bridge.call("task.list", ListTasks(), caller)
        told = {"actor": caller.actor, "origin": caller.origin, "tasks": len(page.tasks), "method": scope["method"]}
        await JSONResponse({**told, "body": (await Request(scope, receive).body()).decode()})(scope, receive, send)

    return Mounted(app=app, life=_life, end=_end)


@asynccontextmanager
async def _life() -> AsyncIterator[None]:
    LIVES.append("begun")
    try:
        yield
    finally:
        LIVES.append("over")


async def _end() -> None:
    LIVES.append("told to end")


def raising(_carrier: Carrier) -> Mounted:
    """Cannot be made."""
    raise RuntimeError("not today")


def leaving(_carrier: Carrier) -> Mounted:
    """Would leave the process."""
    raise SystemExit(3)


def stillborn(carrier: Carrier) -> Mounted:
    """Its life does not begin."""

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        raise OSError("no room")
        yield

    return Mounted(app=echo(carrier).app, life=life, end=_end)


def dying(carrier: Carrier) -> Mounted:
    """Answers, and dies of it."""
    over = asyncio.Event()

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            group.create_task(die())
            yield

    async def die() -> None:
        await over.wait()
        raise OSError("it died")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await echo(carrier).app(scope, receive, send)
        over.set()

    return Mounted(app=app, life=life, end=_end)


def clinging(carrier: Carrier) -> Mounted:
    """Does not know how to end."""

    async def end() -> None:
        raise OSError("not yet")

    return Mounted(app=echo(carrier).app, life=_life, end=end)
