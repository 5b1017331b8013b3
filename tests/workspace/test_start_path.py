"""What `vespera ready` imports is a budget: engines, scanners and big parts of the standard library are not in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

HEAVY = {
    "alembic", "asyncio", "difflib", "email", "http", "importlib.metadata", "packaging", "pydantic", "sqlalchemy",
    "ssl", "stevedore", "tomlkit", "urllib.request", "vespera_sql.migrate", "vespera_sql.schema", "yaml",
}  # fmt: skip
PROGRAM = """
import json, sys
from vespera_core.cli.main import main
code = main(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A workspace with a task, named by the environment, and a discovery cache that has an answer."""
    folder = tmp_path_factory.mktemp("start")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VESPERA_")}
    variables = {**clean, "VESPERA_WORKSPACE": str(folder / "project"), "XDG_CACHE_HOME": str(folder / "cache")}
    assert modules(variables, "init")[0] == 0
    assert modules(variables, "create", "Something")[0] == 0
    if not list((folder / "cache").rglob("*.json")):
        time.sleep(2.5)  # something was installed a moment ago: the cache keeps nothing until that has settled
        modules(variables, "ready")
    return variables


def modules(environment: dict[str, str], *words: str) -> tuple[int, set[str]]:
    """Run a command in a process of its own: its exit code, and all that it imported."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, *words], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    code, names = json.loads(done.stdout.splitlines()[-1])
    return code, set(names)


@pytest.mark.parametrize(
    "words", [("ready",), ("ready", "--json"), ("prime",), ("claim", "--json"), ("create", "More")]
)
def test_everyday_commands_import_nothing_heavy(environment: dict[str, str], words: tuple[str, ...]) -> None:
    before = {name for name in _bare(environment) if name in HEAVY}
    code, names = modules(environment, *words)
    assert code == 0
    assert (names & HEAVY) - before == set()


def test_only_the_command_that_was_typed_is_imported(environment: dict[str, str]) -> None:
    _, names = modules(environment, "ready")
    commands = {name for name in names if name.startswith("vespera_core.cli.commands.")}
    assert commands == {"vespera_core.cli.commands.ready"}
    assert not any(name.startswith("vespera_core.interchange") for name in names)
    assert "vespera_core.builtin.memory.store" not in names


def _bare(environment: dict[str, str]) -> set[str]:
    """What the interpreter of this environment imports by itself, for its editable installations."""
    program = "import json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-P", "-c", program], env=environment, capture_output=True, text=True)
    return set(json.loads(done.stdout))
