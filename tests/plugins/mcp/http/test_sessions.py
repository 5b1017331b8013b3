"""Sessions of the older protocol belong to who opened them, are bounded in number, and end when nobody uses them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from plugins.api.access.conftest import bearer, token_of
from plugins.mcp.http.inside import URL, client_of, served
from plugins.mcp.http.site import GREETING, PATIENCE, Site, posted, session_of
from vespera_core.app.application import Vespera


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


def test_there_are_no_more_sessions_than_the_limit(ledger: Vespera) -> None:
    async def main() -> None:
        async with served(ledger, max_sessions=2) as app, client_of(app) as client:
            first, _ = [await client.post(URL, **posted("initialize", GREETING)) for _ in range(2)]
            refused = await client.post(URL, **posted("initialize", GREETING))
            assert refused.status_code == 503
            assert (await client.post(URL, **posted("tools/list", era="auto"))).status_code == 200
            session = first.headers["mcp-session-id"]
            assert (await client.post(URL, **listed(session))).status_code == 200
            await client.delete(URL, headers={"Mcp-Session-Id": session})
            assert (await client.post(URL, **posted("initialize", GREETING))).status_code == 200

    asyncio.run(main())


def test_one_owner_leaves_room_for_others(ledger: Vespera) -> None:
    async def main() -> list[int]:
        async with served(ledger, max_of_one=2) as app, client_of(app) as client:
            opened = [await client.post(URL, **posted("initialize", GREETING)) for _ in range(4)]
            session = opened[0].headers["mcp-session-id"]
            assert (await client.post(URL, **listed(session))).status_code == 200
            assert (await client.post(URL, **posted("tools/list", era="auto"))).status_code == 200
            await client.delete(URL, headers={"Mcp-Session-Id": session})
            opened.append(await client.post(URL, **posted("initialize", GREETING)))
            return [one.status_code for one in opened]

    assert asyncio.run(main()) == [200, 200, 429, 429, 200]


def test_a_session_that_nobody_uses_ends(ledger: Vespera) -> None:
    async def main() -> None:
        async with served(ledger, idle_seconds=0.05) as app, client_of(app) as client:
            session = (await client.post(URL, **posted("initialize", GREETING))).headers["mcp-session-id"]
            async with asyncio.timeout(PATIENCE):
                while (await client.post(URL, **listed(session))).status_code != 404:
                    await asyncio.sleep(0.1)  # longer than it may idle

    asyncio.run(main())
