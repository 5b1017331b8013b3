"""Files over HTTP: imports, exports and backups as streams, tasks about files for editors, and what runs here."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from plugins.api.conftest import ROOT
from vespera_api.app import Api
from vespera_api.settings import ServerSettings
from vespera_core.app.application import Vespera

LINES = {"Content-Type": "application/x-ndjson"}
HEADER = '{"format":"vespera","schema":1}\n'
HOME = "http://localhost"
MOMENT = "2026-01-01T00:00:00Z"


def rows(count: int, **fields: Any) -> Iterator[bytes]:
    """The lines of a file of Vespera's own format."""
    yield HEADER.encode()
    for number in range(count):
        task = {"task_id": f"web-{number:05}", "project_id": "web", "title": f"Task {number}", "created_at": MOMENT,
                "created_by": "ann", "updated_at": MOMENT, **fields}  # fmt: skip
        yield json.dumps({"task": task}).encode() + b"\n"


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where files lie meanwhile: nothing is left there."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def test_what_goes_out_comes_in_again(client: TestClient, task: dict[str, Any]) -> None:
    client.post(f"{ROOT}/tasks/{task['task_id']}/comments", json={"text": "Said"})
    sent = client.get(f"{ROOT}/export")
    assert sent.headers["content-type"] == "application/x-ndjson"
    assert sent.headers["content-disposition"] == 'attachment; filename="vespera.jsonl"'
    assert (sent.headers["vespera-tasks"], len(sent.headers["vespera-digest"])) == ("1", 64)
    asked = {"format": "jsonl"}
    with (
        Vespera.in_memory(actor="ann", project="other") as empty,
        TestClient(Api(empty), base_url=HOME) as to,
    ):
        told = to.post(
            f"{ROOT}/import", params={**asked, "dry_run": "true"}, content=sent.content, headers=LINES
        ).json()
        assert (told["imported"], told["dry_run"]) == (1, True)
        assert to.get(f"{ROOT}/tasks").json()["total"] == 0
        done = to.post(f"{ROOT}/import", params=asked, content=sent.content, headers=LINES).json()
        assert (done["imported"], done["problems"], done["dry_run"]) == (1, [], False)
        assert to.get(f"{ROOT}/export").headers["vespera-digest"] == sent.headers["vespera-digest"]


def test_an_export_is_compressed_for_who_asks(client: TestClient) -> None:
    client.post(f"{ROOT}/import?format=jsonl", content=b"".join(rows(200)), headers=LINES)
    answer = client.get(f"{ROOT}/export", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.text.splitlines()) == 202


def test_an_export_in_another_format_or_of_one_project(client: TestClient, task: dict[str, Any]) -> None:
    client.post(f"{ROOT}/projects", json={"project_id": "lab"})
    assert json.loads(client.get(f"{ROOT}/export?format=beads").text)["id"] == task["task_id"]
    assert client.get(f"{ROOT}/export?project_id=lab").headers["vespera-tasks"] == "0"


@pytest.mark.parametrize(
    ("query", "headers", "body", "status", "code"),
    [
        ("format=jsonl", LINES, b"nonsense\n", 422, "invalid_import"),
        ("format=jsonl", LINES, b"", 422, "invalid_import"),
        ("format=jsonl", LINES, b"\xff\xfe\x00", 422, "invalid_import"),
        ("format=backlog", LINES, b"x", 422, "invalid_import"),
        ("format=nope", LINES, b"x", 422, "plugin"),
        ("", LINES, b"x", 422, "invalid_input"),
        ("format=jsonl&path=/etc/passwd", LINES, b"x", 422, "invalid_input"),
        ("format=jsonl&dry_run=perhaps", LINES, b"x", 422, "invalid_input"),
        ("format=jsonl", {}, b"x", 415, "unsupported_media_type"),
        ("format=jsonl", {"Content-Type": "multipart/form-data; boundary=x"}, b"x", 415, "unsupported_media_type"),
        ("format=jsonl&project_id=none", LINES, b"".join(rows(1, project_id="none")), 404, "not_found"),
    ],
)  # fmt: skip
def test_files_that_are_not_taken(
    client: TestClient, scratch: Path, query: str, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    answer = client.post(f"{ROOT}/import?{query}", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert str(scratch) not in answer.text


@pytest.mark.parametrize(
    "query", ["format=taskmaster", "format=nope", "project_id=none", "path=/etc/passwd", "format=../x"]
)
def test_exports_that_cannot_be(client: TestClient, query: str) -> None:
    answer = client.get(f"{ROOT}/export?{query}")
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_file_that_is_too_large_is_refused_at_once(ledger: Vespera) -> None:
    api = Api(ledger, settings=ServerSettings(import_megabytes=1))
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while taken < 64:
            taken += 1
            yield b" " * 65_536

    with TestClient(api, base_url=HOME) as client:
        answer = client.post(f"{ROOT}/import?format=jsonl", content=endless(), headers=LINES)
    assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")


def test_a_backup_is_a_whole_store(client: TestClient, task: dict[str, Any], tmp_path: Path) -> None:
    answer = client.get(f"{ROOT}/system/backup")
    copy = tmp_path / "copy.db"
    copy.write_bytes(answer.content)
    store = sqlite3.connect(copy)
    assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert store.execute("SELECT task_id FROM task").fetchall() == [(task["task_id"],)]
    store.close()


def test_what_runs_here(client: TestClient) -> None:
    told = client.get(f"{ROOT}/system").json()
    assert (told["storage"], told["default_project"]) == ("sqlite", "web")
    assert {"jsonl", "beads"} <= set(told["offers"]["format"])
    plugins = {one["name"]: one for one in client.get(f"{ROOT}/system/plugins").json()["plugins"]}
    assert plugins["api"]["distribution"] == "vespera-api"
    assert {one["status"] for one in plugins.values()} == {"loaded"}


def test_tasks_of_a_file_for_editors(client: TestClient) -> None:
    place = {"file": "src/app.py", "start_line": 3, "end_line": 4, "text": "# TODO: close it"}
    made = client.post(f"{ROOT}/editor/tasks", json=place)
    assert (made.status_code, made.json()["task"]["title"]) == (201, "close it")
    (found,) = client.get(f"{ROOT}/editor/tasks", params={"file": "./src/app.py"}).json()["tasks"]
    assert found["task"]["task_id"] == made.json()["task"]["task_id"]
    assert found["places"] == [{"start_line": 3, "end_line": 4}]
    assert client.get(f"{ROOT}/editor/tasks?file=/etc/passwd").status_code == 422


def test_the_server_answers_while_it_imports(ledger: Vespera) -> None:
    """10,000 tasks come in, and the event loop has its turns all the while: `bench` says what is lost of them."""

    async def lags(api: Api, stop: asyncio.Event) -> list[float]:
        found = []
        while not stop.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            found.append(time.perf_counter() - before - 0.005)
        return found

    async def run() -> tuple[list[float], Any, float]:
        api = Api(ledger)
        async with api.router.lifespan_context(api), httpx.AsyncClient(
            transport=httpx.ASGITransport(api), base_url=HOME, timeout=300
        ) as client:  # fmt: skip
            stop = asyncio.Event()
            measuring = asyncio.create_task(lags(api, stop))
            body, began = b"".join(rows(10_000)), time.perf_counter()
            answer = await client.post(f"{ROOT}/import?format=jsonl", content=body, headers=LINES)
            lasted = time.perf_counter() - began
            stop.set()
            return await measuring, answer, lasted

    found, answer, lasted = asyncio.run(run())
    assert answer.json()["imported"] == 10_000
    assert len(found) > 20
    # of a hundred turns or so, in which one may wait for a call that holds the interpreter
    assert statistics.quantiles(found, n=20)[18] < lasted / 10, "the loop stood still while tasks came in"
