"""The plugin for Claude Code: its files say what the other parts do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_mcp.tools.core import TOOLS

ROOT = Path(__file__).parents[3]
PLUGIN = ROOT / "clients" / "claude-code"
SKILLS = sorted(PLUGIN.glob("skills/*/SKILL.md"))


def read(name: str) -> Any:
    return json.loads((PLUGIN / name).read_text(encoding="utf-8"))


def hook(event: str, folder: Path, message: str = "", project: Path | None = None) -> subprocess.CompletedProcess[str]:
    """What a hook of the plugin does in a folder, in a session of this one or of another project."""
    command = read("hooks/hooks.json")["hooks"][event][0]["hooks"][0]["command"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-c", command],
        input=message,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PATH": path, "CLAUDE_PROJECT_DIR": str(project or folder)},
    )


def test_the_marketplace_leads_to_the_plugin() -> None:
    market = json.loads((ROOT / ".claude-plugin" / "marketplace.json").read_text(encoding="utf-8"))
    (entry,) = market["plugins"]
    assert (ROOT / entry["source"]).resolve() == PLUGIN
    assert entry["name"] == read(".claude-plugin/plugin.json")["name"]
    assert entry["description"] == read(".claude-plugin/plugin.json")["description"]


@pytest.mark.parametrize("path", SKILLS, ids=lambda path: path.parent.name)
def test_skills_speak_of_tools_that_there_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"---\nname: {path.parent.name}\ndescription: ")
    known = {tool.name for tool in TOOLS} | {name for tool in TOOLS for name in tool.arguments}
    words = set(re.findall(r"`([a-z]+_[a-z_]+)`", text)) - {"stale_fence"}
    assert words
    assert words <= known
    assert len(text) < 1_800


def test_a_session_begins_with_what_is_ready(tmp_path: Path) -> None:
    assert hook("SessionStart", tmp_path).stdout == ""
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as ledger:
        ledger.tasks.create_task("Write the schema", task_id="web-1")
    said = hook("SessionStart", tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    assert "Ready: 1" in said.stdout


def test_the_guard_objects_where_a_role_forbids_and_nowhere_else(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = json.dumps({
        "hook_event_name": "PreToolUse", "cwd": str(tmp_path), "tool_name": "Edit",
        "tool_input": {"file_path": str(tmp_path / "secret.py")},
    })  # fmt: skip
    outside = hook("PreToolUse", tmp_path, message)
    assert (outside.returncode, outside.stdout) == (0, "")
    init_workspace(tmp_path, prefix="web", actor="ann")
    free = hook("PreToolUse", tmp_path, message)
    assert (free.returncode, free.stdout) == (0, "")
    roles = tmp_path / ".vespera" / "roles"
    roles.mkdir()
    (roles / "writer.yaml").write_text("capabilities: [documentation]\nfiles:\n  edit: {allow: [docs/]}\n")
    monkeypatch.setenv("VESPERA_ROLE", "writer")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for here in (tmp_path, elsewhere):
        refused = hook("PreToolUse", here, message, project=tmp_path)
        assert refused.returncode == 0
        assert json.loads(refused.stdout)["hookSpecificOutput"]["permissionDecision"] == "deny", "wherever it went"
    gone = hook("PreToolUse", elsewhere, message, project=tmp_path / "gone")
    assert gone.returncode == 2, "what cannot be decided is refused"
