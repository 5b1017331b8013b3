"""Calls made by schemathesis from the server's own description, as nobody, a reader, a writer and an administrator.

An ordinary run makes some hundreds, as an administrator; VESPERA_DEEP=1 (`make test-api`) makes 30,000.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reliability.support.dose import DEEP, SEED, say
from vespera_core.app.application import Vespera, init_workspace

BIN = Path(sys.executable).parent
CONFIG = Path(__file__).with_name("schemathesis.toml")
HOOKS = Path(__file__).with_name("hooks.py")

READING = ("task_reading", "project_reading", "event_reading", "search")
LEVELS: dict[str, tuple[str, ...] | None] = {
    "anonymous": None,
    "reader": READING,
    "writer": (*READING, "task_creation", "task_modification", "task_deletion"),
    "administrator": ("*",),
}
"""What each caller was granted; None: it shows no token."""

ENDLESS = "/api/v1/events/stream"
"""A stream has no end that a generated call could wait for."""

UNLIMITED = "".join(f'limit_{one} = ""\n' for one in ("reads", "writes", "searches", "analyses", "sign_ins"))

PHASES = "examples,coverage,fuzzing,stateful" if DEEP else "fuzzing"
EXAMPLES = {"anonymous": 3, "reader": 5, "writer": 5, "administrator": 8} if DEEP else dict.fromkeys(LEVELS, 1)
LEAST = 7500 if DEEP else 100
"""Calls at one level, at the least: fewer are no proof, and a failure."""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as ledger:
        for number in range(5):
            ledger.tasks.create_task(f"Task {number}", task_id=f"web-{number}")
        ledger.tasks.add_dependency("web-2", "web-1")
    with (tmp_path / ".vespera" / "config.toml").open("a") as config:
        config.write(f"\n[transport.rest]\n{UNLIMITED}")  # or most calls would only meet the limits
    return tmp_path


def token(workspace: Path, level: str, granted: tuple[str, ...]) -> str:
    """A personal token of a principal that was granted these words."""
    with Vespera.open(workspace, actor="ann") as ledger:
        ledger.access.add_principal(level, kind="person")
        for word in granted:
            ledger.access.grant(level, word)
    said = subprocess.run(
        [BIN / "vespera", "token", "create", level, "--json"], cwd=workspace, capture_output=True, check=True
    )
    secret: str = json.loads(said.stdout)["data"]["secret"]
    return secret


@contextmanager
def served(workspace: Path) -> Iterator[str]:
    """The address of a server that asks everybody for a token; what it logs is an assertion at the end."""
    errors = (workspace / "server.log").open("wb")
    server = subprocess.Popen(
        [BIN / "vespera", "serve", "--auth", "token", "--port", "0", "--no-services", "--json"],
        cwd=workspace, stdout=subprocess.PIPE, stderr=errors,
        env={**os.environ, "VESPERA_DEBUG": "1"},
    )  # fmt: skip
    assert server.stdout is not None
    try:
        yield json.loads(server.stdout.readline())["data"]["url"]
    finally:
        server.terminate()
        code = server.wait(60)
        server.stdout.close()
        errors.close()
    assert code == 0
    assert "failed" not in (workspace / "server.log").read_text()


@pytest.mark.parametrize("level", LEVELS if DEEP else ["administrator"])
def test_no_generated_call_finds_a_fault(workspace: Path, level: str) -> None:
    granted = LEVELS[level]
    headers = [] if granted is None else ["-H", f"Authorization: Bearer {token(workspace, level, granted)}"]
    admin = token(workspace, "describer", ("*",))
    with served(workspace) as url:
        document = _described(workspace, url, admin)
        report = workspace / "report.json"
        done = subprocess.run(
            [
                BIN / "schemathesis", "--config-file", CONFIG, "run", document, "--url", url, *headers,
                "--phases", PHASES, "--max-examples", str(EXAMPLES[level]), "--seed", str(SEED % 2**32),
                "--exclude-path", ENDLESS, "--request-timeout", "60", "--continue-on-failure", "--no-color",
                "--warnings", "off", "--report", "json", "--report-json-path", report,
            ],
            cwd=workspace, capture_output=True, text=True,
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
        )  # fmt: skip
    say(f"{level}: {_counted(done.stdout)}, seed {SEED % 2**32}")
    assert done.returncode == 0, done.stdout[-30_000:]
    assert _cases(done.stdout) >= LEAST


def _described(workspace: Path, url: str, secret: str) -> Path:
    """The server's own description, which asks for a token as everything else does."""
    import httpx

    answer = httpx.get(f"{url}/openapi.json", headers={"Authorization": f"Bearer {secret}"}, timeout=60)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    path = workspace / "openapi.json"
    path.write_text(json.dumps(document))
    return path


def _counted(output: str) -> str:
    found = re.search(r"Test cases:\n\s+(.*)", output)
    return found[1] if found else output[-2000:]


def _cases(output: str) -> int:
    return int(re.match(r"\d+", _counted(output))[0])  # type: ignore[index]
