"""An API over a workspace of its own, asked in process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from vespera_api.app import Api
from vespera_core.app.application import Vespera, init_workspace

ROOT = "/api/v1"
VIEWER = "capabilities: [documentation]\n"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Vespera]:
    """A workspace of ann's with one role."""
    init_workspace(tmp_path, prefix="web", actor="ann")
    roles = tmp_path / ".vespera" / "roles"
    roles.mkdir()
    (roles / "viewer.yaml").write_text(VIEWER)
    with Vespera.open(tmp_path, actor="ann", origin="rest") as opened:
        yield opened


@pytest.fixture
def api(ledger: Vespera) -> Api:
    return Api(ledger)


@pytest.fixture
def client(api: Api) -> Iterator[TestClient]:
    with TestClient(api, base_url="http://localhost:8420", raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def task(client: TestClient) -> dict[str, Any]:
    """A task, as its making answered it."""
    answer = client.post(f"{ROOT}/tasks", json={"title": "Write it"})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["task"]
    return found
