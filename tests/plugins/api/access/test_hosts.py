"""Whose pages may call, under which names, and where a server may listen at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from plugins.api.access.conftest import asked, bearer, token_of, unlimited
from plugins.api.conftest import ROOT
from vespera_api.app import Api
from vespera_api.serving import check_address
from vespera_api.settings import server_settings
from vespera_core.app.application import Vespera
from vespera_core.cli.main import main
from vespera_core.errors import ConfigError

BOARD = "https://board.example.org"
ECHO = "ws://localhost:8420/echo"


@pytest.fixture
def sharing(ledger: Vespera) -> Iterator[TestClient]:
    """A server that pages of one other site may call, and that has a name of its own."""
    app = Api(ledger, settings=unlimited(origins=[BOARD], hosts=["ledger.example.org"]))
    with asked(app) as opened:
        yield opened


# ---------------------------------------------------------------- hosts and origins


@pytest.mark.parametrize("host", ["ledger.example.org", "LEDGER.example.org:8420", "127.0.0.1", "[::1]:1", "localhost"])
def test_names_of_the_server_are_answered(sharing: TestClient, host: str) -> None:
    assert sharing.get(f"{ROOT}/tasks", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.org", "ledger.example.org.evil.org", "", "localhost.evil.org", "0.0.0.0"])
def test_other_names_are_not(sharing: TestClient, host: str) -> None:
    answer = sharing.get(f"{ROOT}/tasks", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "host")


@pytest.mark.parametrize("origin", [BOARD, BOARD.upper(), "http://localhost:8420", "https://localhost:8420"])
def test_pages_that_were_named_may_call(sharing: TestClient, origin: str) -> None:
    answer = sharing.get(f"{ROOT}/tasks", headers={"Origin": origin, "Host": "localhost:8420"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": one} for one in ("https://evil.org", "null", "", "http://board.example.org", f"{BOARD}.evil.org",
                                 f"{BOARD}:8443", "file://", "http://localhost:9", f"{BOARD} {BOARD}")]
    + [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8420"}],
)  # fmt: skip
def test_others_may_not(sharing: TestClient, headers: dict[str, str]) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = sharing.request(method, f"{ROOT}/tasks", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin"), method
        assert "access-control-allow-origin" not in answer.headers


def test_browsers_are_told_exactly_what_was_configured(sharing: TestClient) -> None:
    wish = {"Origin": BOARD, "Access-Control-Request-Method": "PATCH", "Sec-Fetch-Site": "cross-site",
            "Access-Control-Request-Headers": "authorization,if-match,idempotency-key"}  # fmt: skip
    answer = sharing.options(f"{ROOT}/tasks", headers=wish)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == BOARD
    assert "access-control-allow-credentials" not in answer.headers
    answer = sharing.get(f"{ROOT}/tasks", headers={"Origin": BOARD, "Sec-Fetch-Site": "cross-site"})
    assert answer.headers["access-control-allow-origin"] == BOARD
    assert "ETag" in answer.headers["access-control-expose-headers"]
    wish["Access-Control-Request-Method"] = "BREW"
    assert sharing.options(f"{ROOT}/tasks", headers=wish).status_code == 400


def test_without_configured_origins_there_is_no_sharing(client: TestClient) -> None:
    for origin in (BOARD, "http://localhost:8420"):
        wish = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        for answer in (client.options(f"{ROOT}/tasks", headers=wish), client.get(f"{ROOT}/tasks", headers=wish)):
            assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_preflight_needs_no_token_and_what_follows_does(ledger: Vespera, closed: Api) -> None:
    shown = bearer(token_of(ledger, "ann"))
    with asked(Api(ledger, settings=unlimited(auth="token", origins=[BOARD]))) as client:
        wish = {"Origin": BOARD, "Access-Control-Request-Method": "GET"}
        assert client.options(f"{ROOT}/tasks", headers=wish).status_code == 200
        refused = client.get(f"{ROOT}/tasks", headers={"Origin": BOARD})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == BOARD, "a page may read why"
        assert client.get(f"{ROOT}/tasks", headers={"Origin": BOARD, **shown}).status_code == 200


# ---------------------------------------------------------------- WebSockets


@pytest.fixture
def echoing(ledger: Vespera, closed: Api) -> Iterator[TestClient]:
    """A closed server with a WebSocket that says who was let in."""
    from starlette.routing import WebSocketRoute

    from vespera_api.access.gate import admission_of

    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(admission_of(websocket).caller.actor)
        await websocket.close()

    app = Api(ledger, settings=unlimited(auth="token", origins=[BOARD]))
    app.router.routes.append(WebSocketRoute("/echo", echo))
    with asked(app) as opened:
        yield opened


def test_a_websocket_is_let_in_as_a_request_is(ledger: Vespera, echoing: TestClient) -> None:
    for more in ({}, {"Origin": BOARD}):
        with echoing.websocket_connect(ECHO, headers={**bearer(token_of(ledger, "bot")), **more}) as socket:
            assert socket.receive_text() == "bot"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        (bearer("forged"), 401),
        ({"Origin": "https://evil.org"}, 403),
        ({"Host": "evil.org"}, 421),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_or_refused_with_a_problem_before_it_opens(
    ledger: Vespera, echoing: TestClient, headers: dict[str, str], status: int
) -> None:
    shown = {**(bearer(token_of(ledger, "bot")) if status != 401 else {}), **headers}
    with pytest.raises(WebSocketDenialResponse) as caught, echoing.websocket_connect(ECHO, headers=shown):
        pass
    assert caught.value.status_code == status
    assert caught.value.headers["content-type"] == "application/problem+json"
    assert "forged" not in caught.value.text


def test_where_a_handshake_cannot_be_answered_the_socket_is_closed(closed: Api) -> None:
    import asyncio

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "path": "/api/v1/ws", "headers": [(b"host", b"localhost")], "query_string": b"",
             "client": ("127.0.0.1", 1), "extensions": {}}  # fmt: skip
    asyncio.run(closed(scope, receive, send))
    assert [(one["type"], one.get("code")) for one in sent] == [("websocket.close", 1008)]
    assert WebSocketDisconnect  # what a client sees of it


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
@pytest.mark.parametrize("auth", ["open", "token"])
def test_this_machine_alone_is_always_fine(host: str, auth: str) -> None:
    check_address(host, unlimited(auth=auth))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "example.org", "", "127.0.0.1.evil.org"])
def test_other_machines_are_let_in_once_callers_and_names_are_told_apart(host: str) -> None:
    check_address(host, unlimited(auth="token", hosts=["ledger.example.org"]))
    for wrong, missing in (
        (unlimited(), ("auth", "hosts")),
        (unlimited(auth="token"), ("hosts",)),
        (unlimited(hosts=["ledger.example.org"]), ("auth",)),
    ):
        with pytest.raises(ConfigError, match="other machines") as caught:
            check_address(host, wrong)
        assert all(f"{name} = " in caught.value.next for name in missing)
        assert "[transport.rest]" in caught.value.next


def test_the_command_says_so_and_does_not_start(ledger: Vespera, capsys: pytest.CaptureFixture[str]) -> None:
    assert ledger.folder is not None
    folder: Path = ledger.folder.parent
    assert main(["-C", str(folder), "serve", "--host", "0.0.0.0", "--port", "0", "--auth", "token"]) == 5
    assert "hosts = " in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [{"auth": "none"}, {"auth": True}, {"origins": ["*"]}, {"origins": [f"{BOARD}/"]}, {"origins": ["board"]},
     {"origins": "x"}, {"hosts": "x"}, {"origins": [1]}],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    from vespera_api.settings import DEFAULTS

    with pytest.raises(ConfigError, match=r"transport\.rest"):
        server_settings({**DEFAULTS, **wrong})
