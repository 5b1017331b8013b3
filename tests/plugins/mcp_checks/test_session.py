"""A session of the real Claude Code with the plugin: it begins with the ledger, calls tools, and is kept to its role.

In place of the model, a script asks for the tools.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from plugins.mcp_checks.npm import claude_code, only_deep
from vespera_core.app.application import Vespera, init_workspace

pytestmark = only_deep

ROOT = Path(__file__).parents[3]
OWN = Path(sys.executable).parent
ROLE = """capabilities: [task_management]
files:
  edit: {allow: ["docs/**"]}
"""


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """A home of its own with the plugin in it, no key, and nothing that wants a network."""
    quiet = ("DISABLE_AUTOUPDATER", "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING")
    environment = {
        "PATH": os.pathsep.join((str(OWN), os.environ["PATH"])), "HOME": str(tmp_path), "LANG": "C.UTF-8",
        "VESPERA_ROLE": "writer", "VESPERA_ACTOR": "bot", "ANTHROPIC_API_KEY": "none", "ENABLE_TOOL_SEARCH": "0",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", **dict.fromkeys(quiet, "1"),
    }  # fmt: skip
    for words in (("marketplace", "add", str(ROOT)), ("install", "vespera@vespera")):
        ran(environment, tmp_path, "plugin", *words)
    return environment


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    init_workspace(folder, prefix="web", actor="ann")
    (folder / ".vespera" / "roles").mkdir(exist_ok=True)
    (folder / ".vespera" / "roles" / "writer.yaml").write_text(ROLE)
    (folder / "x.py").write_text("one = 1\n")
    with Vespera.open(folder, actor="ann") as ledger:
        ledger.tasks.create_task("Write the schema", task_id="web-1")
    return folder


def ran(environment: Mapping[str, str], folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["node", claude_code(), *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_begins_with_the_ledger_calls_tools_and_keeps_to_its_role(
    project: Path, surroundings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "hooks"))
    from model import PROMPT, Model, Step

    elsewhere = project.with_name("elsewhere")
    elsewhere.mkdir()
    tool = "mcp__plugin_vespera_vespera__"
    steps = [
        Step(f"{tool}ready_tasks", {}),
        Step(f"{tool}create_task", {"title": "Write the notes", "task_id": "web-2"}),
        Step("Read", {"file_path": f"{project}/x.py"}),
        Step("Bash", {"command": f"cd {elsewhere}", "description": "Leave the project"}),
        Step("Edit", {"file_path": f"{project}/x.py", "old_string": "one", "new_string": "two"}, False),
    ]
    begun: list[Any] = []

    class Listening(Model):
        def answer(self, request: dict[str, Any]) -> dict[str, Any]:
            begun.append(request["messages"])
            return super().answer(request)

    model = Listening(steps)
    environment = {**surroundings, "ANTHROPIC_BASE_URL": model.serve()}
    allowed = ",".join(step.tool for step in steps)
    ran(environment, project, "--print", PROMPT, "--add-dir", str(elsewhere), "--allowedTools", allowed)
    results = [model.results[step.id_at(place)] for place, step in enumerate(steps)]
    assert [not failed for failed, _ in results] == [step.allowed for step in steps], results
    assert "Write the schema" in results[0][1]
    assert "The role writer may not edit x.py" in results[-1][1]
    assert (project / "x.py").read_text() == "one = 1\n"
    assert "You act as bot in the role writer." in json.dumps(begun)
    with Vespera.open(project, actor="ann") as ledger:
        assert ledger.tasks.get_task("web-2").created_by == "bot"
