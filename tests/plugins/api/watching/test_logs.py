"""Logs: one line for each request, and nothing in any line that a caller wrote."""

from __future__ import annotations

import io
import json
import logging
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from starlette.testclient import TestClient

from plugins.api.conftest import ROOT
from vespera_api.watching.logs import LEVELS, configure
from vespera_core.app.application import Vespera, init_workspace

PLANTED = "planted-secret-7f3a"
MAIN = "import sys; from vespera_core.cli.main import main; sys.exit(main())"
NAMES = ("", "vespera", "uvicorn", "uvicorn.error")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging belongs to the process: what is set here is put back."""
    kept = [(logging.getLogger(name), logging.getLogger(name).level, [*logging.getLogger(name).handlers])
            for name in NAMES]  # fmt: skip
    yield
    for logger, level, handlers in kept:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def stream(request: pytest.FixtureRequest) -> io.StringIO:
    made = io.StringIO()
    configure("json", getattr(request, "param", "info"), made)
    return made


def test_a_request_is_one_line_of_facts(client: TestClient, stream: io.StringIO) -> None:
    answer = client.post(f"{ROOT}/tasks", json={"title": PLANTED}, headers={"X-Request-Id": "r-1"})
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line.pop("duration_ms") > 0
    assert line == {
        "event": "request", "level": "info", "logger": "vespera.requests", "request_id": "r-1", "actor": "ann",
        "method": "POST", "route": f"{ROOT}/tasks", "status": 201, "bytes": len(answer.content),
    }  # fmt: skip


def test_a_refusal_is_told_by_its_facts(client: TestClient, stream: io.StringIO) -> None:
    client.get(f"{ROOT}/tasks/{PLANTED}")
    refused, request = lines(stream)
    assert (refused["logger"], refused["event"]) == ("vespera.audit", "refused")
    assert (refused["operation"], refused["code"], refused["actor"]) == ("task.get", "not_found", "ann")
    assert (request["status"], request["route"]) == (404, f"{ROOT}/tasks/{{task_id}}")


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("level", LEVELS)
def test_nothing_that_a_caller_wrote_is_in_any_line(
    client: TestClient, ledger: Vespera, monkeypatch: pytest.MonkeyPatch, form: str, level: str
) -> None:
    stream = io.StringIO()
    configure(form, level, stream)
    secret = {"Authorization": f"Bearer {PLANTED}", "Cookie": f"session={PLANTED}", "User-Agent": PLANTED}
    client.post(f"{ROOT}/tasks", json={"title": PLANTED, "metadata": {"references": [PLANTED]}})
    client.post(f"{ROOT}/tasks", json={"title": PLANTED, "status": PLANTED})
    client.get(f"/{PLANTED}?q={PLANTED}", headers={"Cookie": PLANTED})
    client.get(f"{ROOT}/tasks/ready?project_id={PLANTED}")
    client.get(f"{ROOT}/tasks", headers=secret)
    client.post(f"{ROOT}/search", json={"text": PLANTED})
    client.request("PLANTED", f"{ROOT}/tasks")

    def failing(*_: object, **__: object) -> NoReturn:
        raise RuntimeError(f"cannot handle {PLANTED}")

    monkeypatch.setattr(ledger.kernel.storage, "read", failing)
    assert client.get(f"{ROOT}/tasks/ready").status_code == 500
    logging.getLogger("some.library").warning("it met %s", PLANTED)
    logging.getLogger("uvicorn.error").debug("< TEXT '%s'", PLANTED)
    assert stream.getvalue(), "nothing was logged at all"
    assert PLANTED not in stream.getvalue()


@pytest.mark.parametrize(("stream", "traced"), [("error", False), ("debug", True)], indirect=["stream"])
def test_a_failure_says_where_and_the_way_there_only_when_asked(
    client: TestClient, ledger: Vespera, monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, traced: bool
) -> None:
    def failing(*_: object, **__: object) -> NoReturn:
        raise RuntimeError(PLANTED)

    monkeypatch.setattr(ledger.kernel.storage, "read", failing)
    request_id = client.get(f"{ROOT}/tasks/ready").headers["x-request-id"]
    (line,) = [one for one in lines(stream) if one["level"] == "error"]
    assert line["event"] == f"request {request_id} failed"
    assert line["error"] == "RuntimeError"
    assert re.search(r"test_logs\.py:\d+ failing$", line["at"])
    assert ("trace" in line) is traced


def test_a_line_stays_one_line(stream: io.StringIO) -> None:
    text = io.StringIO()
    configure("text", "info", text)
    logging.getLogger("vespera.requests").info("request", extra={"actor": "eve\n2026-01-01 level='info' \x1b[2J\u2028"})
    assert len(text.getvalue().splitlines()) == 1
    assert "\x1b" not in text.getvalue()


def test_the_server_logs_as_it_is_told(tmp_path: Path) -> None:
    init_workspace(tmp_path, prefix="web", actor="ann")
    words = ["serve", "--port", "0", "--json", "--no-services", "--log-format", "json", "--log-level", "info"]
    server = subprocess.Popen(
        [sys.executable, "-c", MAIN, "-C", str(tmp_path), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["data"]["url"]
        with urllib.request.urlopen(f"{url}/api/v1/tasks/ready", timeout=30) as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=60)
    finally:
        server.kill()
        server.wait()
    told = [json.loads(line) for line in err.splitlines()]
    assert [one["route"] for one in told if one["logger"] == "vespera.requests"] == ["/api/v1/tasks/ready"]
    assert {one["logger"].partition(".")[0] for one in told} == {"vespera", "uvicorn"}
