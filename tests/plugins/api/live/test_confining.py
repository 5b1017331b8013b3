"""Members of one project are told nothing of another by what is live: the projects are tied in every way there is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from plugins.api.live.support import PATIENCE, ROOT, Running, client, serving
from plugins.api.live.test_access import headers
from plugins.api.live.webhooks.support import Receiver, Sending
from vespera_core.app.application import Vespera
from vespera_core.app.requests import Relate

SECRET = "zebra"


@pytest.fixture
def ledger(ledger: Vespera) -> Vespera:
    """Two projects, a member of one of them, and somebody who follows everything."""
    ledger.projects.create(f"{SECRET}-farm")
    for name in ("member", "auditor"):
        ledger.access.add_principal(name)
    ledger.access.add_member("member", "tester", project_id="web")
    ledger.access.grant("auditor", "event_reading")
    receivers_here = {"settings:webhooks": {"allow_private": True}}
    ledger.kernel.storage.write(lambda unit: unit.put_memos("service", receivers_here))
    return ledger


@pytest.fixture
def strict(ledger: Vespera) -> Iterator[Running]:
    """A server that asks for tokens."""
    with serving(ledger, auth="token") as running:
        yield running


def tie(ledger: Vespera, name: str = "one") -> str:
    """Make a task of web that hangs on another project in every way, and change it; its id."""
    need, top = f"{SECRET}-need-{name}", f"{SECRET}-top-{name}"
    for task_id in (need, top):
        ledger.tasks.create_task(f"{SECRET} title", task_id=task_id, project_id=f"{SECRET}-farm")
    ours = f"web-{name}"
    ledger.tasks.create_task("Ours", task_id=ours, project_id="web", depends_on=(need,), parent_id=top)
    ledger.call("relation.add", Relate(source=ours, target=top, kind="relates_to"))
    ledger.call("relation.remove", Relate(source=ours, target=top, kind="relates_to"))
    ledger.tasks.update_task(ours, parent_id=None)
    ledger.tasks.update_task(ours, parent_id=top)
    ledger.tasks.complete_task(need)
    ledger.tasks.update_task(ours, title="Last")
    return ours


def is_last(event: dict[str, Any]) -> bool:
    return event["payload"].get("changes", {}).get("title", [None])[-1] == "Last"


async def by_socket(server: Running, shown: dict[str, str], begun: Any, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async with client(server, additional_headers=shown) as reader:
        await reader.ask(type="subscribe", id="s", kinds=["task.*"], **asked)
        await asyncio.to_thread(begun)
        while not (found and is_last(found[-1])):
            found.append((await reader.hear("event"))["event"])
    return found


async def by_stream(server: Running, shown: dict[str, str], begun: Any, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    where, asked = f"{server.url}{ROOT}/events/stream", {**asked, "kind": "task.*"}
    async with (
        httpx.AsyncClient(timeout=PATIENCE, headers=shown) as http,
        http.stream("GET", where, params=asked) as it,
    ):
        async for line in it.aiter_lines():
            if line.startswith("event: hello"):
                await asyncio.to_thread(begun)
            elif line.startswith("data: ") and "payload" in (event := json.loads(line.removeprefix("data: "))):
                found.append(event)
                if is_last(event):
                    break
    return found


@pytest.mark.parametrize("way", [by_socket, by_stream])
@pytest.mark.parametrize("when", ["live", "behind"])
def test_a_member_is_told_nothing_of_another_project(strict: Running, ledger: Vespera, way: Any, when: str) -> None:
    shown = headers(ledger, "member")
    if when == "live":
        found = asyncio.run(way(strict, shown, lambda: tie(ledger), project="web"))
    else:
        tie(ledger)
        found = asyncio.run(way(strict, shown, lambda: None, project="web", cursor="0"))
    assert {one["kind"] for one in found} >= {"task.created", "task.updated"}
    assert SECRET not in json.dumps(found)
    assert {one["entity"] for one in found} == {"web-one"}


def test_who_may_know_of_everything_is_told_so_beside_them(strict: Running, ledger: Vespera) -> None:
    """The same events in the same moment, shown to each as it may see them."""
    member, auditor = headers(ledger, "member"), headers(ledger, "auditor")

    async def main() -> None:
        both: list[asyncio.Event] = [asyncio.Event(), asyncio.Event()]
        loop = asyncio.get_running_loop()

        def begun(number: int) -> None:
            loop.call_soon_threadsafe(both[number].set)

        following = [
            asyncio.create_task(by_socket(strict, shown, lambda number=number: begun(number), project="web"))
            for number, shown in enumerate((member, auditor))
        ]
        for one in both:
            await one.wait()
        await asyncio.to_thread(tie, ledger)
        mine, all_of_it = await asyncio.gather(*following)
        assert [one["seq"] for one in mine] == [one["seq"] for one in all_of_it]
        assert SECRET not in json.dumps(mine)
        assert json.dumps(all_of_it).count(SECRET) > 3

    asyncio.run(main())


def test_who_becomes_a_member_of_both_is_told_from_then_on(strict: Running, ledger: Vespera) -> None:
    async def main() -> None:
        async with client(strict, additional_headers=headers(ledger, "member")) as reader:
            await reader.ask(type="subscribe", id="s", project="web", kinds=["task.*"])
            found = []
            for name, told in (("one", False), ("two", True), ("three", False)):
                await asyncio.to_thread(tie, ledger, name)
                while not (found and is_last(found[-1])):
                    found.append((await reader.hear("event"))["event"])
                assert (SECRET in json.dumps(found)) is told
                found.clear()
                change = ledger.access.remove_member if told else ledger.access.add_member
                words = ("member",) if told else ("member", "tester")
                await asyncio.to_thread(lambda: change(*words, project_id=f"{SECRET}-farm"))  # noqa: B023 - run at once

    asyncio.run(main())


def test_a_webhook_of_one_project_says_nothing_of_another(ledger: Vespera) -> None:
    with Receiver() as narrow, Receiver() as wide:
        sending = Sending(ledger)
        sending.add(narrow.url, project_id="web", kinds=("task.*",))
        sending.add(wide.url, kinds=("task.*",))
        tie(ledger)
        sending.until(lambda: all(one.got and is_last(one.got[-1].event) for one in (narrow, wide)))
    assert {got.event["entity"] for got in narrow.got} == {"web-one"}
    assert not any(SECRET.encode() in got.body for got in narrow.got)
    assert sum(SECRET.encode() in got.body for got in wide.got) > 3
