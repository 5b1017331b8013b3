"""Webhooks: what is sent arrives signed and in order, is tried again, and gives up without losing anything."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from plugins.api.live.support import ROOT, serving
from plugins.api.live.webhooks.support import Got, Receiver, Sending, verified
from vespera_api.live.webhooks.answers import WebhookAnswer
from vespera_api.live.webhooks.delivering import pause
from vespera_api.live.webhooks.requests import AddWebhook, ListWebhooks, Redeliver, WebhookRef
from vespera_core.app.application import Vespera
from vespera_core.errors import NotFound, PluginFault, VesperaError

MAIN = "import sys; from vespera_core.cli.main import main; sys.exit(main())"


def test_events_arrive_in_order_signed_and_once(sending: Sending, receiver: Receiver, ledger: Vespera) -> None:
    ledger.tasks.create_task("before it was added")
    made = sending.add(receiver.url, kinds=("task.*",))
    assert made.secret is not None
    tasks = [ledger.tasks.create_task(f"task {number}") for number in range(5)]
    sending.run()
    sending.run()
    assert [one.event["entity"] for one in receiver.got] == [task.task_id for task in tasks]
    for got in receiver.got:
        assert verified(made.secret, got)
        assert got.headers["webhook-id"] == got.event["event_id"]
        assert abs(time.time() - int(got.headers["webhook-timestamp"])) < 60
        assert json.loads(got.body)["type"] == "task.created"
        forged = Got(got.headers, got.body + b" ")
        assert not verified(made.secret, forged)


def test_filters_hold(sending: Sending, receiver: Receiver, ledger: Vespera) -> None:
    ledger.projects.create("api")
    sending.add(receiver.url, kinds=("task.created",), project_id="api")
    ours = ledger.tasks.create_task("ours", project_id="api")
    ledger.tasks.create_task("theirs", project_id="web")
    ledger.tasks.update_task(ours.task_id, title="renamed")
    sending.run()
    assert [one.event["entity"] for one in receiver.got] == [ours.task_id]


def test_what_fails_is_tried_again_before_what_comes_after_it(
    sending: Sending, receiver: Receiver, ledger: Vespera
) -> None:
    name = sending.add(receiver.url, kinds=("task.*",)).webhook.webhook_id
    receiver.answers = [(500, {}, b"busy"), (503, {}, b"busy")]
    tasks = [ledger.tasks.create_task(f"task {number}").task_id for number in range(3)]
    sending.run()
    standing = sending.deliveries(name)
    assert standing.waiting is not None
    assert (standing.waiting.status, standing.waiting.said, standing.waiting.tries) == (500, "busy", 1)
    assert standing.next_try_at is not None
    sending.until(lambda: len(receiver.got) == 5)
    assert [one.event["entity"] for one in receiver.got] == [tasks[0]] * 3 + tasks[1:]
    assert len({one.headers["webhook-id"] for one in receiver.got[:3]}) == 1


def test_what_is_given_up_can_be_sent_again(receiver: Receiver, ledger: Vespera) -> None:
    sending = Sending(ledger, tries=2)
    name = sending.add(receiver.url, kinds=("task.*",)).webhook.webhook_id
    receiver.answers = [(500, {}, b"x" * 10_000), (500, {}, b"")]
    first, second = (ledger.tasks.create_task(title).task_id for title in ("one", "two"))
    sending.until(lambda: len(receiver.got) == 3)
    assert [one.event["entity"] for one in receiver.got] == [first, first, second]
    [dead] = sending.deliveries(name).dead
    assert dead.event_id == receiver.got[0].headers["webhook-id"]
    with pytest.raises(NotFound):
        ledger.call("webhook.redeliver", Redeliver(webhook_id=name, event_id="other"))
    ledger.call("webhook.redeliver", Redeliver(webhook_id=name, event_id=dead.event_id))
    sending.run()
    assert receiver.got[-1].event["entity"] == first
    assert sending.deliveries(name).dead == ()
    assert all(len(one.said) <= 300 for one in sending.deliveries(name).recent)


def test_it_is_disabled_after_long_failure_and_goes_on_when_enabled(receiver: Receiver, ledger: Vespera) -> None:
    sending = Sending(ledger, disable_after=0.05, tries=1000)
    name = sending.add(receiver.url, kinds=("task.*",)).webhook.webhook_id
    receiver.answers = [(500, {}, b"")] * 1000
    made = ledger.tasks.create_task("one").task_id
    sending.until(lambda: _state(ledger, name) == "disabled")
    receiver.answers = []
    count = len(receiver.got)
    sending.run()
    assert len(receiver.got) == count
    ledger.call("webhook.enable", WebhookRef(webhook_id=name))
    sending.run()
    assert receiver.got[-1].event["entity"] == made
    assert _state(ledger, name) == "active"


def _state(ledger: Vespera, name: str) -> str:
    answer: WebhookAnswer = ledger.call("webhook.get", WebhookRef(webhook_id=name))
    return answer.webhook.state


def test_who_says_that_it_is_gone_is_not_asked_again(sending: Sending, receiver: Receiver, ledger: Vespera) -> None:
    name = sending.add(receiver.url).webhook.webhook_id
    receiver.answers = [(410, {}, b"")]
    ledger.tasks.create_task("one")
    sending.run()
    assert _state(ledger, name) == "disabled"


def test_redirects_are_not_followed(sending: Sending, receiver: Receiver, ledger: Vespera) -> None:
    with Receiver() as other:
        name = sending.add(receiver.url, kinds=("task.*",)).webhook.webhook_id
        receiver.answers = [(307, {"location": other.url}, b"")]
        ledger.tasks.create_task("one")
        sending.run()
        assert other.got == []
        [tried] = sending.deliveries(name).recent
        assert tried.status == 307
        assert "redirect" in tried.error


def test_a_slow_receiver_holds_up_itself_alone(receiver: Receiver, ledger: Vespera) -> None:
    sending = Sending(ledger, timeout=0.5)
    receiver.slow = True
    with Receiver() as other:
        slow = sending.add(receiver.url, kinds=("task.*",)).webhook.webhook_id
        sending.add(other.url, kinds=("task.*",))
        for number in range(3):
            ledger.tasks.create_task(f"task {number}")
        sending.run()
        assert len(other.got) == 3
        [tried] = sending.deliveries(slow).recent
        assert (tried.status, "no answer within" in tried.error) == (None, True)


def test_a_removed_webhook_gets_nothing_and_its_secret_is_forgotten(
    sending: Sending, receiver: Receiver, ledger: Vespera
) -> None:
    name = sending.add(receiver.url).webhook.webhook_id
    ledger.call("webhook.remove", WebhookRef(webhook_id=name))
    ledger.tasks.create_task("one")
    sending.run()
    assert receiver.got == []
    assert ledger.call("webhook.list", ListWebhooks()).webhooks == ()
    with ledger.kernel.storage.read() as reader:
        assert not [ref for ref in reader.secrets() if ref.startswith("webhook/")]
    for operation in ("webhook.enable", "webhook.test"):
        with pytest.raises(NotFound):
            ledger.call(operation, WebhookRef(webhook_id=name))


def test_the_secret_is_shown_once_and_stands_nowhere_in_clear(sending: Sending, receiver: Receiver) -> None:
    ledger = sending.ledger
    key = "the-same-key"
    request = AddWebhook(url=receiver.url)
    made = ledger.call("webhook.add", request, idempotency_key=key)
    again = ledger.call("webhook.add", request, idempotency_key=key)
    assert again.webhook == made.webhook
    assert again.secret is None
    ledger.tasks.create_task("one")
    sending.run()
    assert receiver.got
    secret = made.secret
    assert secret.startswith("whsec_")
    assert ledger.call("webhook.get", WebhookRef(webhook_id=made.webhook.webhook_id)).secret is None
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    folder: Path = ledger.folder  # type: ignore[assignment]
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert secret.removeprefix("whsec_").encode() not in content, path
            assert raw not in content, path
            assert raw.hex().encode() not in content, path


def test_without_a_cipher_none_is_made(ledger: Vespera, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESPERA_BLOCK", "security")
    assert ledger.folder is not None
    with Vespera.open(ledger.folder.parent, actor="ann") as bare:
        with pytest.raises(PluginFault) as caught:
            bare.call("webhook.add", AddWebhook(url=receiver.url))
        assert bare.call("webhook.list", ListWebhooks()).webhooks == ()
    assert "vespera-security" in caught.value.message


def test_pauses_double_up_to_the_longest() -> None:
    settings = {"first_pause": 5.0, "longest_pause": 60.0}
    for tries in range(1, 40):
        usual = min(60.0, 5.0 * 2 ** (tries - 1))
        assert usual * 0.6 < pause(settings, tries) < usual * 1.4


# ---------------------------------------------------------------- over HTTP, and by the service


def test_over_http_with_the_service_hosted(receiver: Receiver, ledger: Vespera) -> None:
    from vespera_core.app.services.manager import Manager

    with serving(ledger) as server, hosted(Manager(ledger.kernel)):
        answer = httpx.post(f"{server.url}{ROOT}/webhooks", json={"url": receiver.url, "kinds": ["task.*"]})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        name = made["webhook"]["webhook_id"]
        tested = httpx.post(f"{server.url}{ROOT}/webhooks/{name}/test").json()["delivery"]
        assert (tested["kind"], tested["status"], tested["error"]) == ("webhook.test", 204, "")
        assert verified(made["secret"], receiver.got[0])
        httpx.post(f"{server.url}{ROOT}/tasks", json={"title": "one"})
        deadline = time.monotonic() + 20
        while len(receiver.got) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert receiver.got[1].event["kind"] == "task.created"
        assert httpx.get(f"{server.url}{ROOT}/webhooks/{name}/deliveries").json()["dead"] == []
        assert httpx.delete(f"{server.url}{ROOT}/webhooks/{name}").json()["webhook"]["state"] == "removed"


@contextmanager
def hosted(manager: Any) -> Iterator[None]:
    stop = Event()
    thread = Thread(target=manager.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.parametrize("kind", ["agent", "plugin", "service"])
def test_only_persons_have_a_say(ledger: Vespera, kind: str) -> None:
    ledger.access.add_principal("bot", kind=kind)
    ledger.access.grant("bot", "administration")
    from vespera_core.ports.access import Caller

    caller = Caller(actor="bot", origin="rest")
    for operation, request in (
        ("webhook.add", AddWebhook(url="https://example.org/")), ("webhook.list", ListWebhooks()),
        ("webhook.get", WebhookRef(webhook_id="x")), ("webhook.test", WebhookRef(webhook_id="x")),
        ("webhook.remove", WebhookRef(webhook_id="x")), ("webhook.redeliver", Redeliver(webhook_id="x")),
        ("webhook.deliveries", WebhookRef(webhook_id="x")), ("webhook.enable", WebhookRef(webhook_id="x")),
    ):  # fmt: skip
        with pytest.raises(VesperaError) as caught:
            ledger.kernel.run(operation, request, caller)
        assert caught.value.code == "permission_denied", operation


def test_the_command_line_makes_them_without_a_command_of_theirs(ledger: Vespera) -> None:
    assert ledger.folder is not None
    words = ["-C", str(ledger.folder.parent), "--json", "call", "webhook.add", "url=https://hooks.example.org/x"]
    command = [sys.executable, "-c", MAIN, *words, "kinds=task.*", "kinds=role.assigned"]
    data = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["data"]
    [kept] = ledger.call("webhook.list", ListWebhooks()).webhooks
    assert (kept.webhook_id, kept.kinds) == (data["webhook"]["webhook_id"], ("task.*", "role.assigned"))
    assert data["secret"].startswith("whsec_")
