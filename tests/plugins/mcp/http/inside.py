"""A service in this process, to which everybody is bo: for what cannot be timed over a wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from plugins.mcp.http.site import BOTH
from vespera_core.app.application import Vespera
from vespera_core.app.bridge import Bridge
from vespera_core.app.network.gate import Admission
from vespera_core.app.network.mounting import ADMISSION, CALLER, Carrier
from vespera_core.ports.access import Caller
from vespera_mcp.http.service import service_of
from vespera_mcp.tools.offer import Selection

URL = "http://localhost/mcp"


@asynccontextmanager
async def served(ledger: Vespera, **bounds: Any) -> AsyncIterator[Any]:
    """The ASGI app of a service, while it lives."""

    async def still(_admission: Admission) -> bool:
        return True

    async with Bridge(ledger.kernel) as bridge:
        service = service_of(Carrier(ledger=ledger, bridge=bridge, still=still), Selection(), **bounds)

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope[CALLER] = Caller(actor="bo", origin="mcp", owner=True)
            scope[ADMISSION] = Admission(caller=scope[CALLER])
            await service(scope, receive, send)

        async with service.life():
            yield app


def client_of(app: Any) -> httpx2.AsyncClient:
    """A plain client of it."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), headers={"Accept": BOTH})
