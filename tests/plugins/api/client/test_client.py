"""The client against a real server: the same answers and errors as at the workspace itself, whatever breaks between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from plugins.api.live.support import Running, serving
from vespera_api.client import Client, Unreachable
from vespera_api.client.client import _pause
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.errors import (
    CycleRefused,
    IdempotencyMismatch,
    InvalidInput,
    NotFound,
    PermissionDenied,
    Unauthenticated,
    UnknownOperation,
    VersionConflict,
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Vespera]:
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as opened:
        yield opened


@pytest.fixture
def server(ledger: Vespera) -> Iterator[Running]:
    with serving(ledger) as running:
        yield running


@pytest.fixture
def client(server: Running) -> Iterator[Client]:
    with Client(server.url, actor="bot") as opened:
        yield opened


def test_the_day_of_a_worker(client: Client, ledger: Vespera) -> None:
    task = client.create_task("Write the notes", priority="high", due_at=datetime(2030, 1, 2, tzinfo=UTC))
    after = client.create_task("Publish", depends_on=[task.task_id])
    assert [one.task_id for one in client.ready().tasks] == [task.task_id]
    claim = client.claim()
    assert (claim.task.task_id, claim.task.lease_owner) == (task.task_id, "bot")
    assert client.update_task(task.task_id, notes="half done", fence=claim.fence).notes == "half done"
    done = client.complete_task(task.task_id, fence=claim.fence)
    assert done.unblocked == (after.task_id,)
    assert client.search("publish").hits[0].task_id == after.task_id
    assert ledger.tasks.get_task(task.task_id).closed_by == "bot"


def test_answers_are_those_of_the_description(client: Client) -> None:
    task = client.create_task("x")
    assert type(task).__name__ == "TaskOut"
    assert task.created_at.tzinfo is not None
    assert client.call("system.stats").total == 1
    assert client.call("project.get", project_id="web").project.project_id == "web"
    assert client.call("event.list", task_id=task.task_id).events[0].kind == "task.created"


@pytest.mark.parametrize(
    ("operation", "fields", "kind"),
    [
        ("task.get", {"task_id": "web-none"}, NotFound),
        ("task.get", {}, InvalidInput),
        ("task.create", {"title": ""}, InvalidInput),
        ("task.create", {"titel": "x"}, InvalidInput),
        ("no.such", {}, UnknownOperation),
        ("system.repair", {}, UnknownOperation),
    ],
)
def test_errors_are_those_of_the_core(client: Client, operation: str, fields: dict[str, Any], kind: Any) -> None:
    with pytest.raises(kind) as raised:
        client.call(operation, **fields)
    assert raised.value.next


def test_errors_carry_their_facts(client: Client) -> None:
    one = client.create_task("one")
    other = client.create_task("other", depends_on=[one.task_id])
    with pytest.raises(CycleRefused) as raised:
        client.call("relation.add", source=one.task_id, target=other.task_id, kind="depends_on")
    assert set(raised.value.details["cycle"]) == {one.task_id, other.task_id}
    assert raised.value.details["status"] == 409


def test_who_is_too_late_is_told(client: Client) -> None:
    task = client.create_task("x")
    client.update_task(task.task_id, title="y", version=1)
    with pytest.raises(VersionConflict):
        client.update_task(task.task_id, title="z", version=1)
    assert client.get_task(task.task_id).title == "y"


def test_a_key_is_good_once(client: Client) -> None:
    one, again = (client.create_task("x", idempotency_key="k") for _ in range(2))
    assert one == again
    with pytest.raises(IdempotencyMismatch):
        client.create_task("y", idempotency_key="k")


def test_tokens_prove_who_calls(ledger: Vespera) -> None:
    ledger.access.add_principal("eve", kind="person")
    ledger.access.grant("eve", "task_reading")
    from vespera_security.tokens.requests import CreateToken

    secret = ledger.call("token.create", CreateToken(principal="eve")).secret
    with serving(ledger, auth="token") as running:
        with Client(running.url, token=secret) as eve:
            assert eve.ready().total == 0
            with pytest.raises(PermissionDenied):
                eve.create_task("x")
        with Client(running.url, token="vespera_pat_wrong") as nobody, pytest.raises(Unauthenticated) as raised:
            nobody.ready()
    assert "wrong" not in str(raised.value)


def test_pages_follow_each_other(client: Client) -> None:
    wanted = {client.create_task(f"t{number}").task_id for number in range(7)}
    pages = list(client.pages("task.list", limit=3))
    assert [len(page.tasks) for page in pages] == [3, 3, 1]
    assert {one.task_id for page in pages for one in page.tasks} == wanted


class Losing(httpx.HTTPTransport):
    """A network that loses every other answer once the server has given it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        response = super().handle_request(request)
        if self.asked % 2:
            response.read()
            response.close()
            raise httpx.ReadError("lost")
        return response


def test_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice(server: Running, ledger: Vespera) -> None:
    network = Losing()
    with Client(server.url, transport=network) as client:
        made = [client.create_task(f"t{number}").task_id for number in range(5)]
    assert network.asked == 10
    assert sorted(made) == sorted(one.task_id for one in ledger.tasks.list_tasks().tasks)


def test_a_server_that_is_away_is_named(server: Running) -> None:
    with Client("http://127.0.0.1:9", retries=1) as client, pytest.raises(Unreachable, match="does not answer"):
        client.ready()


def test_a_pause_is_what_the_server_asks_for_or_grows() -> None:
    assert _pause(0, "3") == 3
    assert _pause(0, "999999") == 30
    assert max(_pause(1, "soon") for _ in range(50)) <= 0.4
    assert all(0.05 <= _pause(attempt, None) <= 30 for attempt in range(20))


def test_events_come_once_and_in_order_over_a_restart(ledger: Vespera) -> None:
    seen: list[tuple[str, str]] = []
    with serving(ledger) as first:
        port = int(first.url.rpartition(":")[2])
        client = Client(first.url)
        events = client.events(cursor="0", kind="task.*")

        def follow() -> None:
            for event in events:
                seen.append((event.kind, event.data["entity"]))
                if len(seen) == 6:
                    return

        made = [ledger.tasks.create_task(f"t{number}").task_id for number in range(3)]
        reader = Thread(target=follow)
        reader.start()
        while len(seen) < 3:
            time.sleep(0.01)
    made += [ledger.tasks.create_task("while it was away").task_id]
    with serving(ledger, at=port):
        made += [ledger.tasks.create_task(f"later {number}").task_id for number in range(2)]
        reader.join(60)
    client.close()
    assert seen == [("task.created", one) for one in made]
