"""Sensitive metadata is planted through every door and found nowhere on the disk: neither values nor names.

Nor are the secrets that a server gives out: of webhooks, of tokens, and of plugins that are registered.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from planting import planted
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import BackupFile, ExportFile
from vespera_core.app.services.requests import RebuildIndexes
from vespera_core.app.vault.requests import RevealTask, RotateKeys

MAIN = "import sys; from vespera_core.cli.main import main; sys.exit(main())"
VALUE = "PLANTED-VALUE-7361"
NAME = "planted_name_9042"
ANSWER = "Sealed in the test"


def secret(number: int) -> dict[str, Any]:
    """A map whose values and names are all looked for."""
    return {f"{NAME}_{number}": [f"{VALUE}-{number}", {NAME: VALUE}]}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[httpx.Client]:
    """`vespera serve` that tells all it knows to its log."""
    init_workspace(tmp_path, prefix="web", actor="ann")
    words = ["serve", "--port", "0", "--json", "--no-services", "--log-level", "debug", "--log-format", "json"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, "-C", str(tmp_path), *words], stdout=subprocess.PIPE, stderr=log
        )
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["data"]["url"]
        with httpx.Client(base_url=f"{url}/api/v1", timeout=30) as client:
            yield client
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def written(client: httpx.Client) -> str:
    """A task that was made, changed, looked for, revealed and repeated; its id."""
    key = {"Idempotency-Key": "k1"}
    body = {"title": ANSWER, "metadata": {"plain": 1, "sensitive": secret(1)}}
    made = [client.post("/tasks", json=body, headers=key) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert client.post("/tasks", json={**body, "metadata": {"sensitive": secret(2)}}, headers=key).status_code == 422
    path = f"/tasks/{made[0].json()['task']['task_id']}"
    tree = [{"title": "Top", "children": [{"title": "Leaf", "metadata": {"sensitive": secret(3)}}]}]
    assert client.post("/tasks/bulk", json={"tasks": tree}).status_code == 201
    for refused in ({"title": 5}, {"status": "nowhere"}, {"task_id": path.rpartition("/")[2]}):
        assert client.post("/tasks", json={**body, **refused}).status_code >= 400
    changed(client, path)
    for asked in ("", "/history", "/context", "/stores"):
        answer = client.get(path + asked)
        assert answer.status_code == 200, answer.text
        assert VALUE not in answer.text
        assert NAME not in answer.text
    client.get("/search", params={"query": VALUE})
    return path.rpartition("/")[2]


def changed(client: httpx.Client, path: str) -> None:
    """A merge patch that names one member, one that sends back what it read, and an undo that comes too late."""

    def patch(metadata: dict[str, Any]) -> None:
        tag = client.get(path).headers["etag"]
        assert client.patch(path, json={"metadata": metadata}, headers={"If-Match": tag}).status_code == 200

    def revealed() -> Any:
        answer = client.post(f"{path}/reveal", json={})
        assert answer.headers["cache-control"] == "no-store"
        return answer.json()["sensitive"]

    patch({"other": 2})
    assert revealed() == secret(1)
    patch({"sensitive": secret(4)})  # nobody knows what it would be merged into
    assert revealed() == secret(4)
    patch(client.get(path).json()["task"]["metadata"])
    assert revealed() == secret(4)
    events = client.get(f"{path}/history").json()["events"]
    assert client.post(f"/events/{events[0]['seq']}/undo", json={}).json()["code"] == "not_undoable"


def given_out(client: httpx.Client) -> list[str]:
    """Every secret that a server gives out, once each was shown to it; and parts that say much by themselves."""

    def post(path: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = client.post(path, json=body, **more)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    once = {"Idempotency-Key": "k2"}
    webhook = post("/webhooks", {"url": "https://hooks.example.org/x", "description": ANSWER}, headers=once)["secret"]
    assert client.post("/principals", json={"name": "bot"}).status_code == 201
    token = post("/tokens", {"principal": "bot"})["secret"]
    plugin = post("/plugins", {"name": "editor"})["secret"]
    first = post("/plugins/token", {"secret": plugin})
    second = post("/plugins/token", {"secret": first["refresh_token"]})
    for shown in (token, second["access_token"], token + "x"):
        client.get("/tasks", headers={"Authorization": f"Bearer {shown}"})
    client.get("/tasks", params={"token": token, "query": plugin})
    client.post("/tasks", json={"token": token, webhook: 1})
    signed = [one["access_token"] for one in (first, second)]
    whole = [webhook, token, plugin, *signed, first["refresh_token"], second["refresh_token"]]
    parts = [webhook.partition("_")[2].rstrip("="), *(one.rpartition(".")[2] for one in signed)]
    assert len(set(whole)) == len(whole)
    assert all(len(one) > 20 for one in whole + parts), "too short to look for"
    return whole + parts


def test_nothing_lies_in_clear(server: httpx.Client, tmp_path: Path) -> None:
    task, secrets = written(server), given_out(server)
    assert planted(tmp_path, VALUE, NAME, *secrets) == []  # while the server runs, with its log and its shared memory
    with Vespera.open(tmp_path, actor="ann", vectors="chroma", graph="kuzu") as ledger:
        ledger.call("index.rebuild", RebuildIndexes())
        for name in ("jsonl", "beads"):
            ledger.call("exchange.export", ExportFile(format=name, path=str(tmp_path / name)))
        ledger.call("keys.rotate", RotateKeys())
        ledger.call("system.backup", BackupFile(path=str(tmp_path / "copy.db")))
        assert ledger.call("task.reveal", RevealTask(task_id=task)).sensitive == secret(4)
    found = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("chroma" in str(path) for path in found)
    assert any("kuzu" in str(path) for path in found)
    assert (tmp_path / "log").read_bytes().count(b"\n") > 5
    assert planted(tmp_path, ANSWER) != []  # the search itself finds what is there
    assert planted(tmp_path, VALUE, NAME, *secrets) == []
