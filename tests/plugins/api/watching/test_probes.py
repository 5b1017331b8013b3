"""Probes: they answer anybody, tell states alone, and only the primary store takes a server out of service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NoReturn

import pytest
from starlette.testclient import TestClient

from vespera_api.app import Api
from vespera_api.settings import ServerSettings
from vespera_api.watching.probes import PATHS
from vespera_core.app.application import Vespera
from vespera_core.errors import StoreBusy
from vespera_core.ports.storage import Reader

PLANTED = "/planted/path"


@pytest.fixture
def strict(ledger: Vespera) -> Iterator[TestClient]:
    """A server that asks for tokens, reached under a name that is not its own."""
    api = Api(ledger, settings=ServerSettings(auth="token", limit_reads="1/hour"))
    with TestClient(api, base_url="http://10.0.0.7:8420", raise_server_exceptions=False) as opened:
        yield opened


@pytest.mark.parametrize("path", PATHS)
def test_they_answer_without_credentials_under_any_name_as_often_as_they_are_asked(
    strict: TestClient, path: str
) -> None:
    assert [strict.get(path).status_code for _ in range(5)] == [200] * 5
    assert strict.head(path).status_code == 200
    refused = strict.post(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


def test_everything_else_is_closed_to_them(strict: TestClient) -> None:
    assert strict.get("/api/v1/system/health").status_code == 421
    assert strict.get("/metrics").status_code == 421


def test_a_server_that_ends_is_not_ready_and_lives(api: Api, client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready", "reasons": []}
    api.watch.drain()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["the server is ending"])
    assert client.get("/livez").json() == {"status": "alive"}


def test_a_store_that_cannot_be_read_is_said_without_what_it_said(
    ledger: Vespera, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> AbstractContextManager[Reader]:
        return _refuse()

    monkeypatch.setattr(ledger.kernel.storage, "read", broken)
    ready, health, live = client.get("/readyz"), client.get("/health"), client.get("/livez")
    assert (ready.status_code, ready.json()["reasons"]) == (503, ["the store cannot be read (store_busy)"])
    assert (health.status_code, health.json()["status"]) == (503, "critical")
    assert health.json()["components"]["store"] == {"status": "critical"}
    assert live.status_code == 200
    assert PLANTED not in ready.text + health.text


def _refuse() -> NoReturn:
    raise StoreBusy(f"{PLANTED} is locked.")


def test_a_copy_that_is_broken_does_not_take_the_server_out_of_service(
    ledger: Vespera, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> NoReturn:
        raise RuntimeError(PLANTED)

    monkeypatch.setattr(ledger.kernel.engines, "indexes", broken)
    assert client.get("/readyz").status_code == 200
    health = client.get("/health")
    assert (health.status_code, health.json()["status"]) == (200, "degraded")
    assert PLANTED not in health.text
    told = client.get("/api/v1/system/health").json()
    assert PLANTED in next(one for one in told["components"] if one["name"] == "projections")["reasons"][0]


def test_a_healthy_ledger_says_so_part_by_part(client: TestClient) -> None:
    found = client.get("/health").json()
    assert found["status"] == "healthy"
    assert {"store", "log", "disk", "embedder", "services"} <= set(found["components"])
    assert found["components"]["embedder"]["lag"] >= 0


def test_a_log_whose_last_line_was_altered_is_critical(ledger: Vespera, tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(next((tmp_path / ".vespera").glob("*.db"))) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE event SET actor = 'mallory'")
    connection.close()
    with TestClient(Api(ledger), base_url="http://localhost") as client:
        assert client.get("/health").json()["components"]["log"] == {"status": "critical"}


def test_the_document_tells_of_them(api: Api) -> None:
    paths = api.openapi()["paths"]
    assert {*PATHS, "/metrics"} <= set(paths)
    assert all(paths[path]["get"]["security"] == [{}] for path in PATHS)
