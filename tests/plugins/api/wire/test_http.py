"""Slow clients: heads and bodies that do not come are not waited for, and others are served meanwhile."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import uvicorn

from vespera_api.app import Api
from vespera_api.serving import config_of
from vespera_api.wire import http
from vespera_core.app.application import Vespera
from vespera_core.app.network.listening import bound

POST = b"POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def port(ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that waits a second for heads, and looks at bodies twice a second."""
    monkeypatch.setattr(http, "_LOOK", 0.5)
    api = Api(ledger)
    api.settings = replace(api.settings, header_seconds=1, body_rate=1000)
    with bound("127.0.0.1", 0) as listener:
        server = uvicorn.Server(config_of(api))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield int(listener.getsockname()[1])
        server.should_exit = True
        thread.join()


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def everything(client: socket.socket) -> bytes:
    """What the server says until it closes."""
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("begun", [b"", b"GET ", b"GET /livez HTTP/1.1\r\nHost: loc", b"\r\n", GET + b"GE"])
def test_a_head_that_does_not_come_is_not_waited_for(port: int, begun: bytes) -> None:
    with connected(port) as client:
        client.sendall(begun)
        said = everything(client)
    assert b"408 Request Timeout" in said
    assert said.count(b"HTTP/1.1 200") == begun.count(GET)


def test_empty_lines_on_a_kept_connection_do_not_keep_it(port: int) -> None:
    with connected(port) as client:
        client.sendall(GET)
        assert b"200" in client.recv(65536)
        time.sleep(0.2)
        client.sendall(b"\r\n")
        assert b"408 Request Timeout" in everything(client)


def test_a_head_that_drips_is_not_waited_for(port: int) -> None:
    with connected(port) as client:
        client.sendall(POST)
        assert any(_is_cut_off(client) for _ in range(200))


def _is_cut_off(client: socket.socket) -> bool:
    """Whether the server takes no more of a head that goes on."""
    time.sleep(0.1)
    try:
        client.sendall(b"X: y\r\n")
    except OSError:
        return True
    return False


def test_a_head_without_an_end_takes_no_memory(port: int) -> None:
    with connected(port) as client:
        client.sendall(POST + b"X: " + b"y" * (http.MAX_HEAD + 10_000))
        assert b"431 Request Header Fields Too Large" in everything(client)


@pytest.mark.parametrize("drip", [b"", b" "])
def test_a_body_that_does_not_come_is_not_waited_for(port: int, drip: bytes) -> None:
    with connected(port) as client:
        client.sendall(POST + b"Content-Length: 100000\r\n\r\n{")
        client.settimeout(0.1)
        said = b""
        for _ in range(100):
            try:
                client.sendall(drip)
                said += client.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                break
            if said:
                break
    assert b"408 Request Timeout" in said


def test_who_takes_a_while_but_goes_on_is_served(port: int) -> None:
    body = b'{"title": "' + b"x" * 300 + b'", "description": "' + b"y" * 9000 + b'"}'
    with connected(port) as client:
        client.sendall(POST + f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        for start in range(0, len(body), 1000):
            client.sendall(body[start : start + 1000])
            time.sleep(0.15)
        assert b"HTTP/1.1 201" in everything(client)


def test_a_kept_connection_serves_again_and_again(port: int) -> None:
    with connected(port) as client:
        for _ in range(4):
            client.sendall(GET)
            assert b"200" in client.recv(65536)
            time.sleep(0.4)


def test_others_are_served_while_many_dawdle(port: int) -> None:
    dawdling = [connected(port) for _ in range(100)]
    try:
        for one in dawdling:
            one.sendall(b"GET /livez HTTP/1.1\r\nX: ")
        with connected(port) as client:
            client.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            assert b'{"status":"alive"}' in everything(client)
        assert all(b"408" in everything(one) for one in dawdling)
    finally:
        for one in dawdling:
            one.close()
