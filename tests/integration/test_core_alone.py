"""The core, installed for real without any other distribution of ours; and then with the store, as the hint says."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

import pytest

from integration.conftest import PIP, wheels_of

LIGHT = ("click", "numpy", "packaging", "pluggy", "pyyaml", "rustworkx", "stevedore", "tomlkit")
"""What the core needs besides our own. A test of the workspace holds its imports against what it demands."""

PROGRAM = """
from importlib.util import find_spec
from vespera_core import Vespera, VesperaError

assert find_spec("vespera_sql") is None and find_spec("sqlalchemy") is None
with Vespera.in_memory(actor="ann") as ledger:
    first = ledger.tasks.create_task("First")
    second = ledger.tasks.create_task("Second", depends_on=(first.task_id,))
    assert [task.title for task in ledger.tasks.ready().tasks] == ["First"]
    try:
        ledger.tasks.add_dependency(first.task_id, second.task_id)
    except VesperaError as error:
        assert error.code == "cycle"
    claim = ledger.tasks.claim()
    done = ledger.tasks.complete_task(first.task_id, fence=claim.fence)
    assert done.unblocked == (second.task_id,)
    assert ledger.tasks.history().events[0].kind == "task.completed"
print("all of it")
"""


class Alone:
    """An environment with the core in it."""

    def __init__(self, folder: Path, surroundings: dict[str, str]) -> None:
        self.folder = folder
        self.surroundings = surroundings
        venv.create(folder / "venv", with_pip=False, symlinks=True)
        self.bin = folder / "venv" / "bin"

    def install(self, *words: str | Path) -> None:
        """Install with the pip that runs the tests."""
        pip = [*PIP, "--python", self.bin / "python", "install", "--quiet", "--no-compile"]
        done = subprocess.run([*pip, *words], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a program of this environment in its folder."""
        return subprocess.run(
            [self.bin / words[0], *words[1:]], cwd=self.folder, env=self.surroundings, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, surroundings: dict[str, str]) -> Alone:
    environment = Alone(tmp_path_factory.mktemp("alone"), surroundings)
    environment.install("--no-deps", *wheels_of(environment.folder / "core", "core"), *LIGHT)
    return environment


def test_the_core_works_on_its_memory_store(alone: Alone) -> None:
    done = alone.run("python", "-W", "error", "-c", PROGRAM)
    assert (done.returncode, done.stdout, done.stderr) == (0, "all of it\n", "")


def test_it_says_what_is_there(alone: Alone) -> None:
    done = alone.run("vespera", "plugins", "list")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["builtin", "operations"]
    assert alone.run("vespera", "--help").returncode == 0


def test_a_missing_store_is_named_with_what_to_install(alone: Alone) -> None:
    """Twice: for a workspace to be made, and for one that is there. Never is another store taken instead."""
    done = alone.run("vespera", "init", "made")
    assert (done.returncode, done.stdout) == (5, "")
    assert "pip install vespera-sql" in done.stderr
    (alone.folder / "there" / ".vespera").mkdir(parents=True, exist_ok=True)
    (alone.folder / "there" / ".vespera" / "config.toml").write_text('[vespera]\nstorage = "sqlite"\n')
    done = alone.run("vespera", "-C", "there", "ready")
    assert (done.returncode, done.stdout) == (5, "")
    assert "pip install vespera-sql" in done.stderr


def test_with_the_store_beside_it_everything_works(alone: Alone) -> None:
    """The installation of the README, in two steps, from built distributions: their files are all there."""
    alone.install(*wheels_of(alone.folder / "stores", "plugins/vespera-sql", "plugins/vespera-static"))
    for words in (("init", "made", "--prefix", "web"), ("-C", "made", "create", "Something", "--id", "web-1")):
        done = alone.run("vespera", *words)
        assert (done.returncode, done.stderr) == (0, "")
    done = alone.run("vespera", "-C", "made", "ready")
    assert "web-1" in done.stdout
    assert alone.run("vespera", "-C", "made", "doctor").stdout.endswith("Healthy.\n")
