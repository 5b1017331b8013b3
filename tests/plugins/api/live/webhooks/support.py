"""A receiver of webhooks, and the service that sends to it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, NamedTuple, Self

from vespera_api.live.webhooks.answers import DeliveriesAnswer, WebhookAnswer
from vespera_api.live.webhooks.delivering import Delivering
from vespera_api.live.webhooks.requests import AddWebhook, WebhookRef
from vespera_core.app.application import Vespera
from vespera_core.ports.service import Report


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


def verified(secret: str, got: Got) -> bool:
    """The check of a receiver, after the text of the Standard Webhooks specification."""
    content = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    key = base64.b64decode(secret.split("_", 1)[1])
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in got.headers["webhook-signature"].split(" ")
