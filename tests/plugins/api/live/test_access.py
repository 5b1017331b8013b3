"""Who may follow what: each message of each caller is judged by the core, again and again while the socket is open."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from plugins.api.live.support import PATIENCE, ROOT, Running, client, serving
from vespera_core.app.application import Vespera
from vespera_security.tokens.requests import CreateToken, TokenRef

MAIN = "import sys; from vespera_core.cli.main import main; sys.exit(main())"


@pytest.fixture
def ledger(ledger: Vespera) -> Vespera:
    """Two projects; a member of one, an auditor of everything, somebody who may nothing, and an owner."""
    ledger.projects.create("api")
    for name in ("member", "auditor", "nobody"):
        ledger.access.add_principal(name)
    ledger.access.add_principal("boss", kind="person")
    ledger.access.add_member("member", "tester", project_id="web")
    ledger.access.grant("auditor", "event_reading")
    ledger.access.grant("boss", "administration")
    return ledger


@pytest.fixture
def strict(ledger: Vespera) -> Iterator[Running]:
    """A server that asks for tokens."""
    with serving(ledger, auth="token") as running:
        yield running


def headers(ledger: Vespera, principal: str) -> dict[str, str]:
    answer = ledger.call("token.create", CreateToken(principal=principal))
    return {"Authorization": f"Bearer {answer.secret}"}


ALL: dict[str, Any] = {"type": "subscribe", "id": "s"}
MESSAGES: dict[str, dict[str, Any]] = {
    "everything": ALL, "own project": {**ALL, "project": "web"}, "other project": {**ALL, "project": "api"},
    "no such project": {**ALL, "project": "gone"}, "role in own project": {**ALL, "project": "web", "role": "tester"},
    "role anywhere": {**ALL, "role": "tester"}, "unsubscribe": {"type": "unsubscribe", "id": "s"},
    "ping": {"type": "ping"},
}  # fmt: skip
GOOD = {"everything", "own project", "other project", "no such project", "role in own project", "role anywhere"}
ALLOWED = {
    "member": {"own project", "role in own project"}, "auditor": GOOD, "boss": set(), "nobody": set(),
}  # fmt: skip


@pytest.mark.parametrize("principal", ALLOWED)
def test_each_message_is_judged(strict: Running, ledger: Vespera, principal: str) -> None:
    async def main() -> None:
        shown = headers(ledger, principal)
        for name, message in MESSAGES.items():
            async with client(strict, additional_headers=shown) as reader:
                answer = await reader.ask(**message)
            if name == "ping":
                assert answer == {"type": "pong"}
            elif name == "unsubscribe":
                assert answer["problem"]["status"] == 404
            elif name in ALLOWED[principal]:
                assert answer["type"] == "subscribed", (name, answer)
            else:
                assert answer["problem"]["status"] == 403, (name, answer)

    asyncio.run(main())


@pytest.mark.parametrize("principal", ALLOWED)
def test_streams_are_judged_alike(strict: Running, ledger: Vespera, principal: str) -> None:
    shown = headers(ledger, principal)
    for name, message in MESSAGES.items():
        if message["type"] == "subscribe":
            asked = {key: value for key, value in message.items() if key not in ("type", "id")}
            with httpx.stream("GET", f"{strict.url}{ROOT}/events/stream", params=asked, headers=shown) as answer:
                assert answer.status_code == (200 if name in ALLOWED[principal] else 403), name


@pytest.mark.parametrize("shown", [{}, {"Authorization": "Bearer vsp_x"}, {"Authorization": "Basic YTpi"}])
def test_nobody_comes_in_without_proof(strict: Running, shown: dict[str, str]) -> None:
    async def main() -> None:
        with pytest.raises(InvalidStatus) as caught:
            async with client(strict, additional_headers=shown):
                pass
        assert caught.value.response.status_code == 401

    asyncio.run(main())
    assert httpx.get(f"{strict.url}{ROOT}/events/stream", headers=shown).status_code == 401


def test_a_member_gets_the_events_of_its_project_alone(strict: Running, ledger: Vespera) -> None:
    async def main() -> None:
        async with client(strict, additional_headers=headers(ledger, "member")) as reader:
            await reader.ask(type="subscribe", id="s", project="web", cursor="0")
            await asyncio.to_thread(ledger.tasks.create_task, "theirs", project_id="api")
            await asyncio.to_thread(ledger.tasks.create_task, "ours", project_id="web")
            while True:
                event = (await reader.hear("event"))["event"]
                assert event["project_id"] == "web"
                if event["kind"] == "task.created":
                    break
            assert event["payload"]["task"]["title"] == "ours"

    asyncio.run(main())


def revoke(ledger: Vespera) -> None:
    [token] = ledger.call("token.list", _ListTokens()).tokens
    ledger.call("token.revoke", TokenRef(token_id=token.token_id))


def _ListTokens() -> Any:  # noqa: N802 - the request of that name
    from vespera_security.tokens.requests import ListTokens

    return ListTokens()


ENDS: dict[str, tuple[Callable[[Vespera], Any], int]] = {
    "token": (revoke, 4401),
    "principal": (lambda ledger: ledger.call("principal.remove", _ref("auditor")), 4401),
    "grant": (lambda ledger: ledger.access.revoke("auditor", "event_reading"), 4403),
}


def _ref(name: str) -> Any:
    from vespera_core.app.policy.requests import PrincipalRef

    return PrincipalRef(name=name)


@pytest.mark.parametrize("what", ENDS)
def test_what_is_taken_back_ends_the_socket_and_nothing_slips_through(
    strict: Running, ledger: Vespera, what: str
) -> None:
    """Also where another process takes it back; events that come after it in the log are not told any more."""
    take_back, code = ENDS[what]

    async def main() -> None:
        async with client(strict, additional_headers=headers(ledger, "auditor")) as reader:
            await reader.ask(type="subscribe", id="s", kinds=["task.*"])
            await asyncio.to_thread(ledger.tasks.create_task, "before")
            await reader.hear("event")
            await asyncio.to_thread(take_back, ledger)
            began = time.monotonic()
            await asyncio.to_thread(ledger.tasks.create_task, "after")
            *rest, closing = await reader.rest()
            assert not [one for one in rest if one["type"] == "event"]
            assert (closing["type"], closing["code"]) == ("closing", code)
            assert closing["problem"]["code"] in ("unauthenticated", "permission_denied")
            assert time.monotonic() - began < 15  # about a second; the machine may be busy
            assert reader.socket.close_code == code

    asyncio.run(main())


def test_one_subscription_may_end_while_others_go_on(strict: Running, ledger: Vespera) -> None:
    ledger.access.add_member("member", "tester", project_id="api")

    async def main() -> None:
        async with client(strict, additional_headers=headers(ledger, "member")) as reader:
            await reader.ask(type="subscribe", id="web", project="web", kinds=["task.*"])
            await reader.ask(type="subscribe", id="api", project="api", kinds=["task.*"])
            await asyncio.to_thread(ledger.access.remove_member, "member", project_id="api")
            ended = await reader.hear("ended")
            assert (ended["id"], ended["code"], ended["problem"]["status"]) == ("api", 4403, 403)
            await asyncio.to_thread(ledger.tasks.create_task, "theirs", project_id="api")
            await asyncio.to_thread(ledger.tasks.create_task, "ours", project_id="web")
            assert (await reader.hear("event"))["event"]["payload"]["task"]["title"] == "ours"

    asyncio.run(main())


def test_a_stream_ends_when_its_token_does(strict: Running, ledger: Vespera) -> None:
    shown = headers(ledger, "auditor")
    with httpx.stream("GET", f"{strict.url}{ROOT}/events/stream", headers=shown, timeout=20) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "event: hello"
        revoke(ledger)
        found = [line for line in lines if line]
    assert "event: closing" in found
    assert '"code":4401' in found[-2] or '"code":4401' in found[-1]


def test_there_is_room_for_so_many_of_each_caller(ledger: Vespera) -> None:
    async def main(server: Running) -> None:
        async with client(server), client(server, additional_headers={"Vespera-Actor": "bob"}):
            async with client(server):
                with pytest.raises(InvalidStatus) as caught:
                    async with client(server):
                        pass
                assert caught.value.response.status_code == 429
                with pytest.raises(InvalidStatus):
                    async with client(server, additional_headers={"Vespera-Actor": "eve"}):
                        pass
            async with asyncio.timeout(PATIENCE):  # the server hears of the end a little after the client
                while not await is_let_in(server, "eve"):
                    await asyncio.sleep(0.02)

    async def is_let_in(server: Running, actor: str) -> bool:
        with contextlib.suppress(InvalidStatus):
            async with client(server, additional_headers={"Vespera-Actor": actor}):
                return True
        return False

    with serving(ledger, live_connections=3, live_connections_per_caller=2) as server:
        asyncio.run(main(server))


def test_pages_of_other_origins_and_other_hosts_open_no_socket(ledger: Vespera) -> None:
    async def main(server: Running) -> None:
        for shown in ({"Origin": "https://evil.example.org"}, {"Host": "evil.example.org"}):
            with pytest.raises(InvalidStatus):
                async with client(server, additional_headers=shown):
                    pass

    with serving(ledger) as server:
        asyncio.run(main(server))


def test_the_shell_takes_back_as_well(strict: Running, ledger: Vespera) -> None:
    async def main() -> None:
        async with client(strict, additional_headers=headers(ledger, "auditor")) as reader:
            await reader.ask(type="subscribe", id="s")
            assert ledger.folder is not None
            words = ["-C", str(ledger.folder.parent), "principal", "remove", "auditor"]
            await asyncio.to_thread(subprocess.run, [sys.executable, "-c", MAIN, *words], check=True, stdout=-3)
            await reader.rest()
            assert reader.socket.close_code in (4401, 4403)

    asyncio.run(main())
