"""A workspace beside installed examples, and the commands of the environment in which they are installed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
BINARIES = Path(sys.executable).parent


class Home:
    """A workspace of the project `bake`."""

    def __init__(self, folder: Path, variables: Mapping[str, str], binaries: Path = BINARIES) -> None:
        self.folder = folder
        self.variables = variables
        self._binaries = binaries
        self("init", "--prefix", "bake")

    def __call__(self, *words: str | Path, code: int = 0) -> Any:
        """What a command answers: its data, or the error with which it has to end."""
        done = self.run("vespera", "--json", *words)
        assert done.returncode == code, done.stderr
        return json.loads(done.stderr)["error"] if code else json.loads(done.stdout)["data"]

    def run(self, *words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment."""
        return subprocess.run(
            [self._binaries / words[0], *words[1:]], cwd=cwd or self.folder, env=self.variables, capture_output=True,
            text=True, timeout=300,
        )  # fmt: skip


def module_lines(example: str) -> int:
    """How long an example is: the lines of its one module."""
    (module,) = (path for path in (EXAMPLES / example).rglob("*.py") if path.name != "test_conformance.py")
    return len(module.read_text(encoding="utf-8").splitlines())
