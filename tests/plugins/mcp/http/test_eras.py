"""Clients of both eras work over HTTP, wherever the server is."""

from __future__ import annotations

import asyncio

import pytest

from plugins.mcp.http.site import ERAS, GREETING, Site, posted
from vespera_core.app.application import Vespera
from vespera_core.app.requests import History


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_client_lists_and_calls(site: Site, era: str, slash: str) -> None:
    async def main() -> str:
        async with site.client("writer", era, slash) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            assert {"create_task", "get_task"} <= names
            made = await client.call_tool("create_task", {"title": f"By {era}{slash}", "project_id": "web"})
            assert not made.is_error, made.content
            return str(made.content[0].text)

    text = asyncio.run(main())
    with Vespera.open(site.folder, actor="ann") as ledger:
        event = ledger.call("event.list", History(limit=1)).events[0]
    assert event.entity in text
    assert (event.kind, event.actor, event.origin) == ("task.created", "writer", "mcp")


def test_every_revision_with_a_greeting_is_spoken(site: Site) -> None:
    with site.http("reader") as http:
        for version in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
            greeted = http.post(site.url, **posted("initialize", {**GREETING, "protocolVersion": version}))
            assert f'"protocolVersion":"{version}"' in greeted.text
            session = {"Mcp-Session-Id": greeted.headers["mcp-session-id"], "MCP-Protocol-Version": version}
            asked = posted("tools/list")
            assert "get_task" in http.post(site.url, **{**asked, "headers": session}).text
            assert http.delete(site.url, headers=session).status_code == 200


@pytest.mark.parametrize("era", ERAS)
def test_whoever_was_granted_less_is_refused_by_the_ledger(site: Site, era: str) -> None:
    async def main() -> None:
        async with site.client("reader", era) as client:
            assert not (await client.call_tool("list_tasks", {})).is_error
            refused = await client.call_tool("create_task", {"title": "Not mine"})
            assert refused.is_error
            assert "permission_denied" in refused.content[0].text.lower()

    asyncio.run(main())


def test_many_clients_at_once_are_told_apart(site: Site) -> None:
    async def one(number: int) -> bool:
        who, era = ("writer", "reader")[number % 2], ERAS[number // 2 % 2]
        async with site.client(who, era) as client:
            made = await client.call_tool("create_task", {"title": f"Of {number}"})
            return made.is_error == (who == "reader")

    async def main() -> list[bool]:
        return await asyncio.gather(*map(one, range(8)))

    assert all(asyncio.run(main()))
