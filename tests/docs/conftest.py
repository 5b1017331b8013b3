"""Documents under test: their blocks of code, and a shell in which what they show is done again.

A fenced block ``console`` shows commands, each on a line that starts with ``$ ``, and what they print. A block
``console data`` does so for the real projects beside the checkout. A block ``python`` is a script. Within a document
all blocks of a kind share one folder, one after the other. In what is printed, moments are all alike, and ``...``
stands for anything.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from integration.conftest import PIP, wheels_of

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
_FENCE = re.compile(r"^( *)```(\w+)([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z)")
_END = "@@ end of a command @@"


@dataclass(frozen=True)
class Step:
    """A command, and what the document says that it prints."""

    command: str
    expected: str


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    language: str
    mark: str
    text: str

    def steps(self) -> Iterator[Step]:
        """What is done in this block."""
        if self.language == "python":
            yield Step(f"{shlex.quote(sys.executable)} -W error -c {shlex.quote(self.text)}", "")
        elif self.language == "console":
            for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
                command, _, expected = part.partition("\n")
                yield Step(command, expected)


def blocks_of(path: Path) -> list[Block]:
    """The fenced blocks of a document, in order, without the indentation that a list gives them."""
    found = _FENCE.finditer(path.read_text(encoding="utf-8"))
    return [Block(one[2], one[3].strip(), re.sub(f"^{one[1]}", "", one[4], flags=re.MULTILINE)) for one in found]


def normal(text: str) -> str:
    """The text with one moment for all, and no spaces at line ends."""
    return re.sub(r"[ ]+$", "", _TIME.sub("TIME", text), flags=re.MULTILINE).strip("\n")


def fits(expected: str, printed: str) -> bool:
    """Whether something printed is what a document shows."""
    pattern = re.escape(normal(expected)).replace(r"\.\.\.", ".*")
    return re.fullmatch(pattern, normal(printed), re.DOTALL) is not None


class Shell:
    """A scratch folder with a copy of the examples in ``vespera``, where it starts."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.start = folder / "vespera"
        shutil.copytree(ROOT / "docs" / "examples", self.start / "docs" / "examples")
        names = [name for name in os.environ if not name.startswith(("VESPERA_", "PYTHONPATH"))]
        self.environment = {name: os.environ[name] for name in names} | {
            "LOGNAME": "ann",
            "XDG_CACHE_HOME": str(cache),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def play(self, steps: list[Step], seconds: float = 120) -> None:
        """Do the steps in one shell; fails where something else is printed than the document says, or it takes long."""
        script = self.folder / "steps.sh"
        lines = (f'{{ {step.command}\n}} 2>&1\ncode=$?; echo; echo "{_END} $code"; (exit $code)' for step in steps)
        script.write_text("\n".join(lines), encoding="utf-8")
        done = subprocess.run(
            ["bash", "--norc", script], cwd=self.start, env=self.environment, capture_output=True, text=True,
            timeout=seconds, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        outputs = re.split(rf"\n?^{_END} \d+\n", done.stdout, flags=re.MULTILINE)
        assert done.stderr == ""
        assert len(outputs) == len(steps) + 1
        for step, printed in zip(steps, outputs, strict=False):
            assert fits(step.expected, printed), (
                f"$ {step.command}\n--- the document says\n{step.expected}\n--- it prints\n{printed}"
            )


@pytest.fixture
def shell(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shell in a scratch folder; what it finds installed is cached for all tests of the session together."""
    return Shell(tmp_path, tmp_path_factory.getbasetemp() / "cache")


@pytest.fixture(scope="session")
def site_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Installs an example, once, from its wheel alone; answers the folder in which it is installed."""

    @cache
    def site(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        (wheel,) = wheels_of(folder, f"docs/examples/{name}")
        install = [*PIP, "install", "--quiet", "--no-deps", "--no-index", "--target", folder / "site", wheel]
        subprocess.run(install, check=True, capture_output=True, timeout=120)
        return folder / "site"

    return site


@pytest.fixture(scope="session")
def blocks() -> Callable[[Path], list[Block]]:
    """Reads the blocks of a document."""
    return blocks_of
