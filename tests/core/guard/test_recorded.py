"""What Claude Code really sent to its hooks, sent to ours again. See scripts/hooks for how it was recorded."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.application import init_workspace
from vespera_core.cli.main import main

RECORDINGS = [
    json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path(__file__).with_name("recorded").glob("claude-code-*.json"))
]
ROWS = [
    pytest.param(recording["role"], row, id=f"{recording['client'].split()[0]}-{number}-{row['message']['tool_name']}")
    for recording in RECORDINGS
    for number, row in enumerate(recording["messages"])
]
NAMES = {"ROOT": "{}/ROOT", "PLACE": "{}"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose folder has the name that the recordings give to theirs."""
    place = tmp_path_factory.mktemp("recorded").resolve()
    root = place / "ROOT"
    for name in ("docs/private", "src"):
        (root / name).mkdir(parents=True)
    init_workspace(root, prefix="t", actor="ann")
    (root / ".vespera" / "roles").mkdir()
    return place


def placed(place: Path, value: Any) -> Any:
    """A part of a recording with the names of this test's folders."""
    return json.loads(
        re.sub(r'(?<![\w-])(ROOT|PLACE)(?=["/])', lambda name: NAMES[name[0]].format(place), json.dumps(value))
    )


def sent(place: Path, role: str, row: dict[str, Any]) -> tuple[list[str], bytes]:
    """The words that call our hook, and what the client writes to it."""
    root = place / "ROOT"
    (root / ".vespera" / "roles" / "writer.yaml").write_text(role, encoding="utf-8")
    words = ["guard", "hook", "claude-code", "-C", str(root), "--role", "writer"]
    return words, json.dumps(placed(place, row["message"])).encode()


def check(place: Path, row: dict[str, Any], out: str) -> None:
    """A refusal is in the words that the client handed on to the model."""
    if row["allowed"]:
        assert (out, row["told"]) == ("", None)
    else:
        said = json.loads(out)["hookSpecificOutput"]
        told = placed(place, row["told"])
        assert (said["permissionDecision"], said["permissionDecisionReason"]) == ("deny", told)


@pytest.mark.parametrize(("role", "row"), ROWS)
def test_a_recorded_message_gets_the_recorded_verdict(
    place: Path, role: str, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words, data = sent(place, role, row)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    code = main(words)
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    check(place, row, said.out)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda one: one["client"].split()[0])
def test_as_a_process_too(place: Path, recording: dict[str, Any]) -> None:
    vespera = Path(sys.executable).with_name("vespera")
    for allowed in (True, False):
        row = next(row for row in recording["messages"] if row["allowed"] is allowed)
        words, data = sent(place, recording["role"], row)
        done = subprocess.run([vespera, *words], input=data, capture_output=True, check=True, timeout=60)
        check(place, row, done.stdout.decode())


def test_the_recordings_hold_every_tool_that_names_files() -> None:
    """An allowed and a refused use of each; one of them alone could not tell a guard from a wall."""
    seen = {(row["message"]["tool_name"], row["allowed"]) for one in RECORDINGS for row in one["messages"]}
    tools = {"Edit", "Write", "MultiEdit", "NotebookEdit", "NotebookRead", "Read", "LS", "Glob", "Grep"}
    assert {(tool, allowed) for tool in tools for allowed in (True, False)} <= seen
    assert {("Bash", True), ("Agent", True), ("Task", True), ("WebFetch", False), ("mcp__notes__note", True)} <= seen


def test_nothing_in_the_recordings_names_the_machine() -> None:
    for recording in RECORDINGS:
        for row in recording["messages"]:
            assert row["message"]["transcript_path"].startswith("HOME/")
            assert row["message"]["cwd"] == "ROOT"
