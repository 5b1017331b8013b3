"""The real Claude Code, offline: it connects over a pipe and over HTTP, and takes the plugin."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plugins.mcp_checks.npm import claude_code, only_deep
from vespera_core.app.application import Vespera, init_workspace

pytestmark = only_deep

ROOT = Path(__file__).parents[3]
PLUGIN = ROOT / "clients" / "claude-code"
VESPERA = Path(sys.executable).with_name("vespera")
_QUIET = {"DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}


class Client:
    """The client with a home of its own, in a folder with a workspace."""

    def __init__(self, folder: Path) -> None:
        self.program = claude_code()
        self.project = folder / "project"
        path = os.pathsep.join((str(VESPERA.parent), os.environ["PATH"]))
        self.environment = {"HOME": str(folder), "PATH": path, "LANG": "C.UTF-8", **_QUIET}
        init_workspace(self.project, prefix="web", actor="ann")
        with Vespera.open(self.project, actor="ann") as ledger:
            ledger.tasks.create_task("Write the schema")

    def __call__(self, *words: str | Path) -> str:
        """What a command of the client says."""
        done = subprocess.run(
            ["node", self.program, *words], cwd=self.project, env=self.environment, capture_output=True, text=True,
            timeout=120, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def allow(self, server: str) -> None:
        """What a person says once, where the client asks about a server that a project brings."""
        settings = self.project.parent / ".claude" / "settings.json"
        settings.parent.mkdir(exist_ok=True)
        settings.write_text(json.dumps({"enabledMcpjsonServers": [server]}))

    def install(self, *words: str) -> None:
        subprocess.run([VESPERA, "mcp", "install", "--client", "claude-code", *words], cwd=self.project,
                       env=self.environment, check=True, stdout=subprocess.DEVNULL)  # fmt: skip


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


@contextmanager
def serving(*words: str | Path) -> Iterator[str]:
    """A server over HTTP, and where it answers to the protocol."""
    with subprocess.Popen([VESPERA, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().partition("http://")[2].split()[0].rstrip(".")
            yield f"http://{url.removesuffix('/mcp')}/mcp"
        finally:
            process.terminate()


def test_it_connects_to_what_was_installed(client: Client) -> None:
    client.install("--scope", "user")
    assert "vespera: " in client("mcp", "list")
    said = client("mcp", "get", "vespera")
    assert "Status: ✔ Connected" in said
    assert "Type: stdio" in said


def test_it_connects_to_what_a_project_brings_once_that_is_allowed(client: Client) -> None:
    client.install()
    assert "Pending approval" in client("mcp", "get", "vespera")
    client.allow("vespera")
    said = client("mcp", "get", "vespera")
    assert "Scope: Project config" in said
    assert "Status: ✔ Connected" in said


def test_a_project_whose_server_went_is_in_order(client: Client) -> None:
    client.install()
    client.install("--remove")
    assert "[Error]" not in client("mcp", "list")


@pytest.mark.parametrize("command", [("mcp", "--http", "127.0.0.1:0"), ("serve", "--port", "0", "--no-services")])
def test_it_connects_over_http(client: Client, command: tuple[str, ...]) -> None:
    with serving("-C", client.project, *command) as url:
        client("mcp", "add", "-t", "http", "ledger", url)
        assert f"ledger: {url} (HTTP) - ✔ Connected" in client("mcp", "list")


def test_the_plugin_is_in_order() -> None:
    for place in (PLUGIN, ROOT):
        done = subprocess.run(
            ["node", claude_code(), "plugin", "validate", "--strict", place], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Validation passed" in done.stdout


def test_the_plugin_is_installed_and_connects(client: Client) -> None:
    client("plugin", "marketplace", "add", ROOT)
    client("plugin", "install", "vespera@vespera")
    told = client("plugin", "details", "vespera@vespera")
    for part in (
        "Skills (3)  plan, report, work-next",
        "Hooks (2)  SessionStart, PreToolUse",
        "MCP servers (1)  vespera",
    ):
        assert part in told
    cost = re.search(r"Always-on: +~(\d+) tok", told)
    assert cost is not None
    assert int(cost[1]) <= 150, "three skills, in a line each"
    assert "plugin:vespera:vespera: vespera mcp - ✔ Connected" in client("mcp", "list")
