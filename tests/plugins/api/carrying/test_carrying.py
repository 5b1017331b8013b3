"""Other transports under one server: each answers at its path, behind the same gate, and fails by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from conformance.policies import with_plugin
from plugins.api.access.conftest import asked, unlimited
from plugins.api.carrying import echo
from plugins.api.carrying.echo import Offers, at
from plugins.api.conftest import ROOT
from vespera_api.app import Api
from vespera_core.app.application import Vespera

BOARD = "https://board.example.org"


@pytest.fixture(autouse=True)
def lives() -> list[str]:
    echo.LIVES.clear()
    return echo.LIVES


def carrying(ledger: Vespera, *, settings: Any = None, **mounts: Any) -> Api:
    return Api(with_plugin(ledger, Offers(**mounts)), settings=settings or unlimited())


@pytest.fixture
def client(ledger: Vespera) -> Iterator[TestClient]:
    with asked(carrying(ledger, echo=at("/echo"), silent=None)) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/echo", "/echo/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
def test_it_answers_every_method_at_its_path(client: TestClient, path: str, method: str) -> None:
    answer = client.request(method, path, content=b"hello", headers={"Vespera-Actor": "bo"}, follow_redirects=False)
    told = {"actor": "bo", "origin": "echo", "tasks": 0, "method": method, "body": "hello"}
    assert (answer.status_code, answer.json()) == (200, told)
    assert answer.headers["x-request-id"]


def test_what_lies_beneath_is_nowhere(client: TestClient) -> None:
    assert [client.get(path).status_code for path in ("/echo/x", "/echox", "/echo//", "/silent")] == [404] * 4


def test_its_life_begins_when_it_is_first_asked_for_and_ends_with_the_server(ledger: Vespera, lives: list[str]) -> None:
    api = carrying(ledger, echo=at("/echo"))
    with asked(api) as client:
        assert client.get(f"{ROOT}/tasks").status_code == 200
        assert lives == []
        assert [client.get("/echo").status_code for _ in range(3)] == [200] * 3
        assert lives == ["begun"]
        assert client.portal is not None
        client.portal.call(api.end)
        assert lives == ["begun", "told to end"]
    assert lives == ["begun", "told to end", "over"]


@pytest.mark.parametrize("headers", [{"Host": "evil.org"}, {"Origin": "https://evil.org"}])
def test_the_same_hosts_and_pages_are_refused(client: TestClient, lives: list[str], headers: dict[str, str]) -> None:
    assert client.post("/echo", headers=headers).status_code in (403, 421)
    assert lives == []


def test_it_is_behind_the_gate(ledger: Vespera, lives: list[str]) -> None:
    with asked(carrying(ledger, settings=unlimited(auth="token"), echo=at("/echo"))) as client:
        assert [client.post(path).status_code for path in ("/echo", "/echo/", "/echo/x")] == [401] * 3
    assert lives == []


def test_pages_that_were_named_may_send_and_read_its_headers(ledger: Vespera) -> None:
    with asked(carrying(ledger, settings=unlimited(origins=[BOARD]), echo=at("/echo"))) as client:
        wish = {"Origin": BOARD, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "echo-in"}
        assert client.options("/echo", headers=wish).status_code == 200
        shown = client.post("/echo", headers={"Origin": BOARD}).headers["access-control-expose-headers"]
    assert "Echo-Out" in shown


def test_its_requests_are_counted_under_its_one_path(client: TestClient) -> None:
    for path in ("/echo", "/echo/", "/echo/x", "/echo/y"):
        client.post(path)
    figures = client.get("/metrics").text
    routes = {line.split('route="')[1].split('"')[0] for line in figures.splitlines() if 'route="' in line}
    assert routes == {"/echo", "(none)"}


# ---------------------------------------------------------------- what fails


@pytest.mark.parametrize("make", ["missing", "raising", "leaving", "stillborn"])
def test_one_that_cannot_be_served_is_named_and_the_server_goes_on(
    ledger: Vespera, make: str, caplog: pytest.LogCaptureFixture
) -> None:
    api = carrying(ledger, bad=at("/bad", make), echo=at("/echo"))
    with asked(api) as client:
        for _ in range(2):
            answer = client.post("/bad")
            assert (answer.status_code, answer.json()["code"]) == (503, "not_served")
            assert client.get("/echo").status_code == client.get(f"{ROOT}/tasks").status_code == 200
    told = [record.message for record in caplog.records if record.name == "vespera.api"]
    assert len(told) == 1
    assert "'present'" in told[0]
    assert api.bridge.kernel.plugins.status("present").status == "failed"


def test_one_that_dies_takes_nobody_along(ledger: Vespera) -> None:
    with asked(carrying(ledger, dying=at("/dying", "dying"), echo=at("/echo"))) as client:
        assert client.get("/dying").status_code == 200
        while (answer := client.get("/dying")).status_code == 200:
            pass
        assert answer.json()["code"] == "not_served"
        assert client.get("/echo").status_code == client.get(f"{ROOT}/tasks").status_code == 200


def test_one_that_does_not_end_does_not_keep_the_server(ledger: Vespera, lives: list[str]) -> None:
    api = carrying(ledger, clinging=at("/clinging", "clinging"))
    with asked(api) as client:
        client.get("/clinging")
        assert client.portal is not None
        client.portal.call(api.end)
    assert lives == ["begun", "over"]


def test_a_mount_that_is_none_is_named(ledger: Vespera, caplog: pytest.LogCaptureFixture) -> None:
    with asked(carrying(ledger, odd="vespera_x:y", echo=at("/echo"))) as client:
        assert client.get("/echo").status_code == 200
    assert "its mount is" in caplog.text
