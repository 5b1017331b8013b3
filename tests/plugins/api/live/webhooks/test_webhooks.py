"""Webhooks: what is sent arrives signed and in order, is tried again, and gives up without losing anything."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple, Self

import httpx
import pytest

from plugins.api.live.support import ROOT, serving
from vespera_api.live.webhooks.addresses import is_public, parts_of
from vespera_api.live.webhooks.answers import DeliveriesAnswer, WebhookAnswer
from vespera_api.live.webhooks.delivering import Delivering, pause
from vespera_api.live.webhooks.requests import AddWebhook, ListWebhooks, Redeliver, WebhookRef
from vespera_core.app.application import Vespera
from vespera_core.errors import InvalidInput, NotFound, PluginFault, VesperaError
from vespera_core.ports.service import Report

MAIN = "import sys; from vespera_core.cli.main import main; sys.exit(main())"


class Got(NamedTuple):
    """A message as it came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["data"]
        return found


class Receiver:
    """A real HTTP server that notes what it gets, and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.hold = Event()
        self.slow = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append(Got({name.lower(): value for name, value in self.headers.items()}, body))
                if outer.slow:
                    outer.hold.wait(20)
                status, headers, said = outer.answers.pop(0) if outer.answers else (204, {}, b"")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                """Nothing to say."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook?a=1"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()


class Sending:
    """The service, run when a test says so, over a workspace that allows addresses of this machine."""

    def __init__(self, ledger: Vespera, **settings: Any) -> None:
        usual = {**Delivering.defaults, "allow_private": True, "timeout": 5.0, "first_pause": 0.02, **settings}
        self.ledger = ledger
        self._service = Delivering(ledger.kernel, usual)

    def run(self) -> Report:
        return self._service.run(lambda: False)

    def until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not done():
            assert time.monotonic() < deadline
            self.run()
            time.sleep(0.01)

    def add(self, url: str, **fields: Any) -> WebhookAnswer:
        answer: WebhookAnswer = self.ledger.call("webhook.add", AddWebhook(url=url, **fields))
        return answer

    def deliveries(self, webhook_id: str) -> DeliveriesAnswer:
        answer: DeliveriesAnswer = self.ledger.call("webhook.deliveries", WebhookRef(webhook_id=webhook_id))
        return answer


@pytest.fixture
def ledger(ledger: Vespera) -> Vespera:
    """Addresses of this machine are allowed in it."""
    memo = {"settings:webhooks": {"allow_private": True}}
    ledger.kernel.storage.write(lambda unit: unit.put_memos("service", memo))
    return ledger


@pytest.fixture
def sending(ledger: Vespera) -> Sending:
    return Sending(ledger)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def verified(secret: str, got: Got) -> bool:
    """The check of a receiver, after the text of the Standard Webhooks specification."""
    content = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    key = base64.b64decode(secret.split("_", 1)[1])
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in got.headers["webhook-signature"].split(" ")


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


# ---------------------------------------------------------------- where messages may go


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "ftp://example.org/", "http://", "https://user:pw@example.org/", "https://example.org/#x",
        "https://example.org:0/", "https://example.org:99999/", "https://example.org/ x", "https://exämple.org/",
        "https://example.org/" + "x" * 2000, "https://[::1", "file:///etc/passwd", "https://example.org/\n",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(ledger: Vespera, url: str) -> None:
    with pytest.raises(InvalidInput):
        ledger.call("webhook.add", AddWebhook(url=url))


PRIVATE = (
    "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "ff02::1",
    "255.255.255.255", "::",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address: str) -> None:
    import ipaddress

    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_addresses_that_are(address: str) -> None:
    import ipaddress

    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0x7f.1", "169.254.169.254", "x.localhost"]
)
def test_they_are_refused_unless_they_are_allowed(ledger: Vespera, host: str) -> None:
    ledger.kernel.storage.write(lambda unit: unit.put_memos("service", {"settings:webhooks": None}))
    with pytest.raises(InvalidInput, match="not public") as caught:
        ledger.call("webhook.add", AddWebhook(url=f"http://{host}/"))
    assert "allow_private" in caught.value.next


def test_a_name_that_leads_to_this_machine_later_gets_nothing(receiver: Receiver, ledger: Vespera) -> None:
    """What counts is where the name leads when the message is sent."""
    name = Sending(ledger).add(receiver.url.replace("127.0.0.1", "localhost")).webhook.webhook_id
    strict = Sending(ledger, allow_private=False)
    ledger.tasks.create_task("one")
    strict.run()
    assert receiver.got == []
    [tried] = strict.deliveries(name).recent
    assert "not public" in tried.error


def test_the_name_is_looked_up_once(
    receiver: Receiver, sending: Sending, ledger: Vespera, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers the check with one address, and the connection with another, gets nowhere."""
    import socket

    asked: list[object] = []
    real = socket.getaddrinfo

    def lookup(host: Any, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "rebind.example.org" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    port = parts_of(receiver.url).port
    sending.add(f"http://rebind.example.org:{port}/hook", kinds=("task.*",))
    ledger.tasks.create_task("one")
    sending.run()
    assert asked.count("rebind.example.org") == 1
    assert receiver.got[0].headers["host"] == f"rebind.example.org:{port}"


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
