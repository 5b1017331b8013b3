"""A terminal for tests: commands run in this process, or as the real console script."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import ImportFile
from vespera_core.cli.main import main

SCRIPT = Path(sys.executable).with_name("vespera")
DESTRUCTIVE = ("rm ", "delete", "--force", "drop", "reset")
"""What no next step may suggest."""


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The data of a successful answer, whose envelope is checked."""
        assert self.code == 0, self.err
        assert self.out.count("\n") == 1
        envelope = json.loads(self.out)
        assert set(envelope) == {"schema_version", "data"}
        assert envelope["schema_version"] == 1
        return envelope["data"]

    @property
    def error(self) -> dict[str, Any]:
        """The error of a refused command, whose form is checked."""
        assert self.code in (1, 2, 3, 4, 5), (self.out, self.err)
        assert self.out == ""
        body: dict[str, Any] = json.loads(self.err)["error"]
        assert {"code", "message", "next"} <= set(body)
        assert body["next"], body
        assert not any(word in body["next"].lower() for word in DESTRUCTIVE), body["next"]
        return body


Terminal = Callable[..., Outcome]


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Type a command in this process, in `tmp_path`."""
    for name in [name for name in os.environ if name.startswith("VESPERA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGNAME", "ann")

    def run(*words: str, stdin: bytes = b"") -> Outcome:
        out, err = _Stream(), _Stream()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            code = main(words)
        return Outcome(code, out.text(), err.text())

    return run


class _Stream(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="")

    def text(self) -> str:
        self.flush()
        buffer: Any = self.buffer
        return str(buffer.getvalue().decode())


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh workspace with the prefix ``t``, made once: copying it is faster than making it."""
    parent = tmp_path_factory.mktemp("template")
    init_workspace(parent, prefix="t", actor="ann", storage="sqlite")
    return parent / ".vespera"


@pytest.fixture
def v(terminal: Terminal, template: Path, tmp_path: Path) -> Terminal:
    """The same, inside a fresh workspace with the prefix ``t``, every answer as JSON."""
    shutil.copytree(template, tmp_path / ".vespera")

    def run(*words: str, stdin: bytes = b"") -> Outcome:
        return terminal("--json", *words, stdin=stdin)

    return run


@pytest.fixture(scope="session")
def baked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of the example of the bakery, made once."""
    parent = tmp_path_factory.mktemp("bakery")
    issues = Path(__file__).parents[3] / "docs" / "examples" / "bakery" / "issues.jsonl"
    init_workspace(parent, prefix="bake", actor="ann", storage="sqlite")
    with Vespera.open(parent, actor="ann", origin="cli") as ledger:
        ledger.call("exchange.import", ImportFile(format="beads", path=str(issues)))
    return parent / ".vespera"


@pytest.fixture
def bakery(terminal: Terminal, baked: Path, tmp_path: Path) -> Terminal:
    """A terminal in the workspace of the bakery."""
    shutil.copytree(baked, tmp_path / ".vespera")
    return terminal


@pytest.fixture
def make(v: Terminal) -> Callable[..., str]:
    """Make a task and answer its id."""

    def create(title: str, *words: str) -> str:
        return str(v("create", title, *words).data["task"]["task_id"])

    return create


@pytest.fixture
def script(tmp_path: Path) -> Terminal:
    """Run the installed console script in `tmp_path`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VESPERA_")}

    def run(*words: str | bytes, stdin: bytes = b"", decoded: str = "utf-8", **more: str) -> Outcome:
        done = subprocess.run(
            [SCRIPT, *words], input=stdin, capture_output=True, cwd=tmp_path, env={**environment, **more}, timeout=60
        )
        return Outcome(done.returncode, done.stdout.decode(decoded), done.stderr.decode(decoded))

    return run


@pytest.fixture
def w(script: Terminal, template: Path, tmp_path: Path) -> Terminal:
    """The same, in a fresh workspace with the prefix ``t``."""
    shutil.copytree(template, tmp_path / ".vespera")
    return script


@pytest.fixture
def state(v: Terminal) -> Callable[[], tuple[str, int]]:
    """A word for everything that is stored, and how long the log is."""
    return lambda: (str(v("export").data["digest"]), int(v("stats").data["events"]))
