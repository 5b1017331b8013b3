"""The WebSocket: what is subscribed to comes in order, once, and goes on where it was left."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any

import httpx
import pytest

from plugins.api.live.support import ROOT, Running, client
from vespera_core.app.application import Vespera

MAIN = "import sys; from vespera_core.cli.main import main; sys.exit(main())"


def make(server: Running, title: str, **fields: Any) -> str:
    """A task, made over HTTP; its id."""
    answer = httpx.post(f"{server.url}{ROOT}/tasks", json={"title": title, **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["task"]["task_id"])


def titles(events: list[dict[str, Any]]) -> list[str]:
    return [one["event"]["payload"]["task"]["title"] for one in events]


def test_events_come_in_order_with_their_cursors(server: Running) -> None:
    async def main() -> None:
        async with client(server) as reader:
            assert (await reader.ask(type="subscribe", id="all"))["type"] == "subscribed"
            for number in range(5):
                await asyncio.to_thread(make, server, f"task {number}")
            found = await reader.events(5)
            assert titles(found) == [f"task {number}" for number in range(5)]
            assert all(one["id"] == "all" and one["cursor"] == str(one["event"]["seq"]) for one in found)
            listed = httpx.get(f"{server.url}{ROOT}/events", params={"limit": 5}).json()["events"]
            assert [one["event"] for one in found] == listed[::-1]

    asyncio.run(main())


def test_commits_of_other_processes_come_too(server: Running, ledger: Vespera) -> None:
    async def main() -> None:
        async with client(server) as reader:
            await reader.ask(type="subscribe", id="all", kinds=["task.*"])
            command = [sys.executable, "-c", MAIN, "-C", str(ledger.folder.parent), "create", "from the shell"]
            await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
            assert titles(await reader.events(1)) == ["from the shell"]

    asyncio.run(main())


def test_filters_narrow_each_other(server: Running, ledger: Vespera) -> None:
    ledger.projects.create("api")

    async def main() -> None:
        async with client(server) as reader:
            await reader.ask(type="subscribe", id="web", project="web", kinds=["task.*"])
            await reader.ask(type="subscribe", id="done", kinds=["task.completed", "project.*"])
            await reader.ask(type="subscribe", id="tests", role="tester")
            first = await asyncio.to_thread(make, server, "one", project_id="api")
            second = await asyncio.to_thread(make, server, "two", project_id="web", role="tester")
            third = await asyncio.to_thread(make, server, "three", project_id="api", role="tester")
            patch = {"headers": {"If-Match": "*", "Content-Type": "application/merge-patch+json"}}
            await asyncio.to_thread(
                httpx.patch, f"{server.url}{ROOT}/tasks/{third}", content=b'{"role": "writer"}', **patch
            )
            await asyncio.to_thread(
                httpx.patch, f"{server.url}{ROOT}/tasks/{third}", content=b'{"title": "3"}', **patch
            )
            await asyncio.to_thread(httpx.post, f"{server.url}{ROOT}/tasks/{first}/complete", json={})
            found = [(one["id"], one["event"]["kind"], one["event"]["entity"]) for one in await reader.events(5)]
            assert found == [
                ("web", "task.created", second), ("tests", "task.created", second), ("tests", "task.created", third),
                ("tests", "task.updated", third), ("done", "task.completed", first),
            ]  # fmt: skip
            assert await reader.silent()
            again = [await reader.ask(type="subscribe", id="again", role="tester", cursor="0")]
            assert again[0]["type"] == "subscribed"
            replayed = [(one["event"]["kind"], one["event"]["entity"]) for one in await reader.events(3)]
            assert replayed == [("task.created", second), ("task.created", third), ("task.updated", third)]
            assert await reader.silent()

    asyncio.run(main())


def test_it_goes_on_behind_a_cursor_without_loss_or_repetition(server: Running) -> None:
    """While events keep coming, readers come, leave in the middle of everything, and come back."""
    total, made = 120, []

    async def writing() -> None:
        async with httpx.AsyncClient() as http:
            for number in range(total):
                answer = await http.post(f"{server.url}{ROOT}/tasks", json={"title": f"task {number}"})
                made.append(answer.json()["task"]["task_id"])

    async def reading(cursor: str, step: int) -> list[str]:
        seen: list[str] = []
        while len(seen) < total:
            async with client(server) as reader:
                await reader.ask(type="subscribe", id="s", kinds=["task.created"], cursor=cursor)
                for _ in range(min(step, total - len(seen))):
                    event = await reader.hear("event")
                    cursor = event["cursor"]
                    seen.append(event["event"]["entity"])
        return seen

    async def main() -> None:
        async with client(server, greeted=False) as reader:
            begin = (await reader.hear("hello"))["cursor"]
        _, *found = await asyncio.gather(writing(), *(reading(begin, step) for step in (7, 40, 120)))
        assert found == [made, made, made]

    asyncio.run(main())


def test_a_subscription_ends_with_its_cursor(server: Running) -> None:
    async def main() -> None:
        async with client(server) as reader:
            await reader.ask(type="subscribe", id="a")
            await asyncio.to_thread(make, server, "one")
            seen = (await reader.hear("event"))["cursor"]
            ended = await reader.ask(type="unsubscribe", id="a")
            assert ended == {"type": "unsubscribed", "id": "a", "cursor": seen}
            await asyncio.to_thread(make, server, "two")
            assert await reader.silent()
            await reader.ask(type="subscribe", id="a", cursor=seen)
            assert titles(await reader.events(1)) == ["two"]

    asyncio.run(main())


NOT_SAID = {
    "no JSON": ("{", 400), "another value": ("[]", 422), "nothing": ("", 400), "no type": ("{}", 422),
    "unknown type": ('{"type": "publish"}', 422), "type of another type": ('{"type": 1}', 422),
    "unknown field": ('{"type": "ping", "extra": 1}', 422),
    "no id": ('{"type": "subscribe"}', 422), "a number for an id": ('{"type": "subscribe", "id": 1}', 422),
    "an id with quotes": ('{"type": "subscribe", "id": "a\\"b"}', 422),
    "a long id": (json.dumps({"type": "subscribe", "id": "a" * 65}), 422),
    "kinds as text": ('{"type": "subscribe", "id": "a", "kinds": "task.*"}', 422),
    "kinds that are none": ('{"type": "subscribe", "id": "a", "kinds": ["task created"]}', 422),
    "too many kinds": (json.dumps({"type": "subscribe", "id": "a", "kinds": ["task.*"] * 21}), 422),
    "a project of another type": ('{"type": "subscribe", "id": "a", "project": {}}', 422),
    "a project with NUL": ('{"type": "subscribe", "id": "a", "project": "a\\u0000"}', 422),
    "half a character": ('{"type": "subscribe", "id": "a", "project": "\\ud800"}', 400),
    "no cursor of ours": ('{"type": "subscribe", "id": "a", "cursor": "x"}', 422),
    "digits that are not ours": ('{"type": "subscribe", "id": "a", "cursor": "\u0661"}', 422),
    "a cursor of another log": ('{"type": "subscribe", "id": "a", "cursor": "999999999"}', 422),
    "a cursor as a number": ('{"type": "subscribe", "id": "a", "cursor": 0}', 422),
    "an unknown subscription": ('{"type": "unsubscribe", "id": "a"}', 404),
    "deep nesting": ("[" * 8000, 400), "a great number": ('{"type": ' + "9" * 5000 + "}", 400),
    "what the server says": ('{"type": "event", "id": "a", "cursor": "1", "event": {}}', 422),
}  # fmt: skip


def test_what_is_no_message_is_refused_and_the_connection_goes_on(server: Running) -> None:
    async def main() -> None:
        async with client(server) as reader:
            for name, (text, status) in NOT_SAID.items():
                await reader.socket.send(text)
                answer = await reader.hear("problem", "subscribed")
                assert answer["type"] == "problem", name
                assert answer["problem"]["status"] == status, (name, answer)
                assert answer["problem"]["next"], name
            assert await reader.ask(type="ping", id="p") == {"type": "pong", "id": "p"}

    asyncio.run(main())


@pytest.mark.parametrize(("message", "code"), [(b"{}", 1003), ("x" * 20_000, 1009), ("x" * 100_000, 1009)])
def test_bytes_and_long_messages_end_the_connection(server: Running, message: bytes | str, code: int) -> None:
    async def main() -> None:
        async with client(server) as reader:
            await reader.socket.send(message)
            await reader.rest()
            assert reader.socket.close_code == code

    asyncio.run(main())


def test_a_connection_has_so_many_subscriptions_and_each_id_once(server: Running) -> None:
    async def main() -> None:
        async with client(server, greeted=False) as reader:
            most = (await reader.hear("hello"))["subscriptions"]
            for number in range(most):
                assert (await reader.ask(type="subscribe", id=f"s{number}"))["type"] == "subscribed"
            assert (await reader.ask(type="subscribe", id="s0"))["problem"]["status"] == 409
            assert (await reader.ask(type="subscribe", id="more"))["problem"]["status"] == 429
            await reader.ask(type="unsubscribe", id="s0")
            assert (await reader.ask(type="subscribe", id="more"))["type"] == "subscribed"

    asyncio.run(main())


def test_indexes_tell_how_far_they_are(server: Running, ledger: Vespera) -> None:
    def embed(position: int) -> None:
        memos = {"vectors/x": {"generation": 1, "made": 1}, "vectors/x/g1": {"position": position}}
        ledger.kernel.storage.write(lambda unit: unit.put_memos("projection", memos))

    async def main() -> None:
        async with client(server) as reader:
            await reader.ask(type="subscribe", id="a", kinds=["search.*"])
            await asyncio.to_thread(embed, 7)
            expected = {"kind": "search.indexed", "index": "vectors/x", "cursor": "7"}
            assert await reader.hear("notice") == {"type": "notice", "id": "a", "notice": expected}
            await asyncio.to_thread(embed, 8)
            assert (await reader.hear("notice"))["notice"]["cursor"] == "8"

    asyncio.run(main())
