"""The configuration of a client gets our server, keeps everything else, and gives it back."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.application import init_workspace
from vespera_core.cli.main import main
from vespera_mcp.clients.kinds import KINDS

PLACES = [(kind.name, scope) for kind in KINDS.values() for scope in kind.files]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace, and a home that is somebody's own."""
    home, folder = tmp_path / "home", tmp_path / "my project"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    init_workspace(folder, prefix="web", actor="ann")
    monkeypatch.chdir(folder)
    return folder


def file_of(client: str, scope: Any, project: Path) -> Path:
    return KINDS[client].file(scope, project)


def run(client: str, scope: str, *words: str) -> int:
    return main(["mcp", "install", "--client", client, "--scope", scope, *words])


@pytest.mark.parametrize(("client", "scope"), PLACES)
def test_it_is_written_checked_and_taken_out(client: str, scope: str, project: Path) -> None:
    path, key = file_of(client, scope, project), KINDS[client].key
    assert run(client, scope, "--check") == 1
    assert not path.exists()
    assert run(client, scope) == 0
    entry = json.loads(path.read_text())[key]["vespera"]
    assert Path(entry["command"]).is_absolute()
    assert entry["args"] == (["mcp", "-C", str(project)] if scope == "project" else ["mcp"])
    assert run(client, scope, "--check") == 0
    assert run(client, scope, "--remove") == 0
    assert json.loads(path.read_text()) == {key: {}}, "a list is what the clients ask for"
    assert run(client, scope, "--check") == 1


def test_what_is_there_stays(project: Path) -> None:
    path = project / ".mcp.json"
    before = '{\n    "other": [1, 2],\n    "mcpServers": {\n        "files": {"command": "files"}\n    }\n}'
    path.write_text(before)
    assert run("claude-code", "project") == 0
    found = json.loads(path.read_text())
    assert list(found) == ["other", "mcpServers"]
    assert list(found["mcpServers"]) == ["files", "vespera"]
    assert path.with_name(".mcp.json.before-vespera").read_text() == before
    written = path.read_bytes()
    assert run("claude-code", "project") == 0
    assert path.read_bytes() == written, "a second time changes nothing"
    assert run("claude-code", "project", "--remove") == 0
    assert json.loads(path.read_text()) == json.loads(before)
    assert path.read_text().startswith('{\n    "other"'), "indented as it was"


@pytest.mark.parametrize(
    "text", ['{ // ours\n "servers": {} }', '{"servers": []}', "[]", "{", '{"servers": {}, "servers": {}}', "\ufeff{}"]
)
def test_what_cannot_be_kept_is_left_alone(text: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / ".vscode" / "mcp.json"
    path.parent.mkdir()
    path.write_text(text)
    for words in ((), ("--remove",), ("--check",)):
        assert run("vscode", "project", *words) == 2
        said = capsys.readouterr().err
        assert "is left as it is" in said
        assert ('add to "servers" by hand: "vespera": {"type": "stdio", "command": "/' in said) == (not words)
    assert path.read_text() == text


def test_a_program_that_is_gone_and_another_command_are_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / ".mcp.json"
    path.write_text('{"mcpServers": {"vespera": {"command": "/gone/vespera", "args": ["mcp"]}}}')
    assert run("claude-code", "project", "--check") == 1
    assert "starts a program that is not there" in capsys.readouterr().out
    path.write_text('{"mcpServers": {"vespera": {"command": "sh", "args": ["mcp"]}}}')
    assert run("claude-code", "project", "--check") == 1
    assert "has another entry under our name" in capsys.readouterr().out


def test_what_a_person_added_to_our_entry_stays(project: Path) -> None:
    path = project / ".mcp.json"
    assert run("claude-code", "project") == 0
    content = json.loads(path.read_text())
    content["mcpServers"]["vespera"]["env"] = {"VESPERA_ROLE": "writer"}
    path.write_text(json.dumps(content))
    assert run("claude-code", "project", "--check") == 0
    content["mcpServers"]["vespera"]["command"] = "/gone/vespera"
    path.write_text(json.dumps(content))
    assert run("claude-code", "project") == 0
    entry = json.loads(path.read_text())["mcpServers"]["vespera"]
    assert entry["env"] == {"VESPERA_ROLE": "writer"}
    assert entry["command"] != "/gone/vespera"


def test_a_server_elsewhere_of_our_name_is_kept_and_not_taken_out(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / ".mcp.json"
    before = '{"mcpServers": {"vespera": {"type": "http", "url": "http://127.0.0.1/mcp", "headers": {"A": "secret"}}}}'
    path.write_text(before)
    path.chmod(0o600)
    assert run("claude-code", "project", "--check") == 1
    assert "has another entry under our name" in capsys.readouterr().out
    assert run("claude-code", "project", "--remove") == 0
    assert path.read_text() == before
    assert run("claude-code", "project") == 0
    assert "url" not in json.loads(path.read_text())["mcpServers"]["vespera"]
    kept = path.with_name(".mcp.json.before-vespera")
    assert kept.read_text() == before
    assert {one.stat().st_mode & 0o777 for one in (path, kept)} == {0o600}


def test_claude_code_may_keep_its_own_elsewhere(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "config"))
    assert run("claude-code", "user") == 0
    assert (tmp_path / "config" / ".claude.json").is_file()
    assert not (tmp_path / "home" / ".claude.json").exists()
    assert run("claude-code", "project") == 0
    assert (project / ".mcp.json").is_file()


def test_it_says_what_it_starts(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("cursor", "project") == 0
    said = capsys.readouterr().out
    assert f"Cursor now has Vespera's tools: {project}/.cursor/mcp.json\n" in said
    assert "/vespera mcp -C '" in said


def test_a_client_without_projects_has_none(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("claude-desktop", "project") == 2
    assert "Choose --scope user" in capsys.readouterr().err
    assert main(["mcp", "install", "--client", "claude-desktop"]) == 0


def test_the_user_s_own_needs_no_workspace(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("cursor", "user") == 0
    assert run("cursor", "project") == 5


def test_what_is_written_starts_a_server(project: Path) -> None:
    """In an environment as bare as a client's may be."""
    assert run("claude-code", "project") == 0
    entry = json.loads((project / ".mcp.json").read_text())["mcpServers"]["vespera"]
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}}  # fmt: skip
    found = subprocess.run(
        [entry["command"], *entry["args"]], input=json.dumps(hello) + "\n", capture_output=True, text=True, cwd="/",
        env={"HOME": os.environ["HOME"]}, timeout=60,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert answer["result"]["serverInfo"]["name"] == "vespera"
    assert found.stderr == ""
