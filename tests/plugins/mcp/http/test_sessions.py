"""Sessions of the older protocol belong to who opened them, are bounded in number, and end when nobody uses them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from plugins.mcp.http.site import BOTH, GREETING, PATIENCE, Site, posted, session_of
from vespera_core.app.application import Vespera
from vespera_core.app.bridge import Bridge
from vespera_core.app.network.gate import Admission
from vespera_core.app.network.mounting import ADMISSION, CALLER, Carrier
from vespera_core.ports.access import Caller
from vespera_mcp.http.service import Service, service_of
from vespera_mcp.tools.offer import Selection


def listed(session: str | None) -> dict[str, Any]:
    asked = posted("tools/list")
    asked["headers"] |= {"Mcp-Session-Id": session} if session else {}
    return asked


@pytest.mark.parametrize("who", ["admin", "reader"])
def test_the_session_of_somebody_else_does_not_exist(site: Site, who: str) -> None:
    with site.http("writer") as own, site.http(who) as other:
        session = session_of(own, site.url)
        for method in ("POST", "GET", "DELETE"):
            asked = listed(session) if method == "POST" else {"headers": {"Mcp-Session-Id": session}}
            answer = other.request(method, site.url, **asked)
            assert (answer.status_code, "Session not found" in answer.text) == (404, True), method
        assert own.post(site.url, **listed(session)).status_code == 200
        assert own.delete(site.url, headers={"Mcp-Session-Id": session}).status_code == 200
        assert own.post(site.url, **listed(session)).status_code == 404


def test_another_token_of_the_same_principal_is_another(site: Site) -> None:
    from plugins.api.access.conftest import bearer, token_of

    with Vespera.open(site.folder, actor="ann") as ledger:
        second = token_of(ledger, "writer")
    with site.http("writer") as own, site.http(None, **bearer(second)) as other:
        assert other.post(site.url, **listed(session_of(own, site.url))).status_code == 404


@pytest.mark.parametrize("session", [None, "0" * 32, "x" * 3000, "\u00e9"])
def test_what_is_no_session_is_refused(site: Site, session: str | None) -> None:
    asked = listed(None)
    asked["headers"] |= {} if session is None else {b"Mcp-Session-Id": session.encode("latin-1")}
    with site.http("writer") as http:
        answer = http.post(site.url, **asked)
    assert answer.status_code == (400 if session is None else 404), answer.text


# ---------------------------------------------------------------- bounds


@asynccontextmanager
async def served(**bounds: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A service in this process, to which everybody is bo."""

    async def still(_admission: Admission) -> bool:
        return True

    with Vespera.in_memory(actor="ann") as ledger:
        async with Bridge(ledger.kernel) as bridge:
            service = service_of(Carrier(ledger=ledger, bridge=bridge, still=still), Selection(), **bounds)
            async with service.life():
                transport = httpx2.ASGITransport(app=_let_in(service))
                async with httpx2.AsyncClient(transport=transport, headers={"Accept": BOTH}) as client:
                    yield client


def _let_in(service: Service) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope[CALLER] = Caller(actor="bo", origin="mcp")
        scope[ADMISSION] = Admission(caller=scope[CALLER])
        await service(scope, receive, send)

    return app


URL = "http://localhost/mcp"


def test_there_are_no_more_sessions_than_the_limit() -> None:
    async def main() -> None:
        async with served(max_sessions=2) as client:
            first, _ = [await client.post(URL, **posted("initialize", GREETING)) for _ in range(2)]
            refused = await client.post(URL, **posted("initialize", GREETING))
            assert refused.status_code == 503
            assert (await client.post(URL, **posted("tools/list", era="auto"))).status_code == 200
            session = first.headers["mcp-session-id"]
            assert (await client.post(URL, **listed(session))).status_code == 200
            await client.delete(URL, headers={"Mcp-Session-Id": session})
            assert (await client.post(URL, **posted("initialize", GREETING))).status_code == 200

    asyncio.run(main())


def test_a_session_that_nobody_uses_ends() -> None:
    async def main() -> None:
        async with served(idle_seconds=0.05) as client:
            session = (await client.post(URL, **posted("initialize", GREETING))).headers["mcp-session-id"]
            async with asyncio.timeout(PATIENCE):
                while (await client.post(URL, **listed(session))).status_code != 404:
                    await asyncio.sleep(0.1)  # longer than it may idle

    asyncio.run(main())
