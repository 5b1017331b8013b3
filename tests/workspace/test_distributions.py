"""The distributions of this repository fit together: versions, ranges, entry points and files."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
GROUP = "vespera.plugins"
KIT = "plugins/vespera-testkit"
"""A plugin of pytest, and none of Vespera."""
FOLDERS = ["core", *sorted(path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("plugins/*/pyproject.toml"))]
SEVERAL = {"yaml": "pyyaml", "jwt": "pyjwt", "opentelemetry": "opentelemetry-api"}
"""Distributions that go by another name when they are imported."""

each = pytest.mark.parametrize("folder", FOLDERS)


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]  # type: ignore[no-any-return]


def package(folder: Path) -> Path:
    """Where the one import package of a distribution lies."""
    return folder / "src" / str(project(folder)["name"]).replace("-", "_")


def imported(folder: Path) -> set[str]:
    """The top-level modules that the sources of a distribution import, wherever they do it."""
    found = set()
    for path in package(folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names)


def demanded(folder: Path) -> dict[str, str]:
    """Name and range of each dependency."""
    return read_ranges(project(folder)["dependencies"])


def optional(folder: Path) -> dict[str, str]:
    """Name and range of each dependency of an extra."""
    return read_ranges([line for extra in project(folder).get("optional-dependencies", {}).values() for line in extra])


def read_ranges(lines: list[str]) -> dict[str, str]:
    pairs = (re.fullmatch(r"([A-Za-z0-9-]+)(.*)", line) for line in lines)
    return {pair[1].lower(): pair[2] for pair in pairs if pair}


def stated(root: Path) -> Iterator[tuple[str, str]]:
    """Every place that states a version."""
    for folder in FOLDERS:
        yield folder, project(root / folder)["version"]
        for path in sorted((root / folder / "src").rglob("*.py")):
            for name, version in re.findall(
                r'^(__version__|CORE_VERSION) = "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE
            ):
                yield f"{path.name} {name}", version


def ranges(root: Path) -> Iterator[tuple[str, str]]:
    """Every place that demands a distribution of ours in a range."""
    for folder in [*FOLDERS, "docs/examples/hello-plugin"]:
        for name, wanted in demanded(root / folder).items():
            if name.startswith("vespera-"):
                yield f"{folder}: {name}", wanted


def assert_lockstep(root: Path, version: str) -> None:
    major, minor, _ = version.split(".")
    ceiling = f"0.{int(minor) + 1}" if major == "0" else str(int(major) + 1)
    assert {place: one for place, one in stated(root) if one != version} == {}
    plugin = (root / "clients" / "claude-code" / ".claude-plugin" / "plugin.json").read_text(encoding="utf-8")
    assert json.loads(plugin)["version"] == version
    assert len(list(stated(root))) == len(FOLDERS) + 2, "the package and its plugin room state it as well"
    wanted = f">={major}.{minor},<{ceiling}"
    assert {place: one for place, one in ranges(root) if one != wanted} == {}


def test_versions_and_ranges_are_in_lockstep() -> None:
    assert_lockstep(ROOT, project(ROOT / "core")["version"])


@each
def test_names_are_one_to_one(folder: str) -> None:
    name = str(project(ROOT / folder)["name"])
    assert name == ("vespera-core" if folder == "core" else folder.rpartition("/")[2])
    assert [path.name for path in (ROOT / folder / "src").iterdir() if path.is_dir()] == [name.replace("-", "_")]
    points = project(ROOT / folder).get("entry-points", {})
    module = f"{name.replace('-', '_')}.plugin"
    wanted = {GROUP: {name.removeprefix("vespera-"): module}}
    assert points == {"core": {}, KIT: {"pytest11": {"vespera": module}}}.get(folder, wanted)


@each
def test_the_usual_files_and_words_are_there(folder: str) -> None:
    place, told = ROOT / folder, project(ROOT / folder)
    assert (package(place) / "py.typed").is_file()
    assert (place / "README.md").read_text(encoding="utf-8").startswith(f"# {told['name']}\n")
    assert (place / "README.md").stat().st_size > 300
    assert (place / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (told["readme"], told["license"], told["requires-python"]) == ("README.md", "Apache-2.0", ">=3.11")
    assert {"Typing :: Typed", "Programming Language :: Python :: 3.11"} <= set(told["classifiers"])
    assert 20 < len(told["description"]) < 150


@each
def test_what_is_imported_is_demanded(folder: str) -> None:
    """Typing aside, every import is the distribution's own or one of its dependencies'."""
    names = imported(ROOT / folder) - {package(ROOT / folder).name}
    assert {SEVERAL.get(name, name.replace("_", "-")) for name in names} <= {
        *demanded(ROOT / folder), *optional(ROOT / folder)
    }  # fmt: skip


@each
def test_what_is_demanded_is_demanded_once(folder: str) -> None:
    assert len(demanded(ROOT / folder)) == len(project(ROOT / folder)["dependencies"])


@each
def test_no_distribution_of_ours_imports_another_but_the_core(folder: str) -> None:
    ours = {package(ROOT / other).name for other in FOLDERS}
    allowed = {package(ROOT / folder).name} | ({"vespera_core"} if folder != "core" else set())
    assert imported(ROOT / folder) & ours <= allowed


@each
def test_the_development_environment_has_it_editable(folder: str) -> None:
    lines = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    alone = f"--no-deps -e ./{folder}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")  # torch is not for all
    assert f"-e ./{folder}" in lines or alone


@pytest.mark.parametrize("version", ["0.2.3", "1.4.0"])
def test_bump_moves_everything_together(version: str, tmp_path: Path) -> None:
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("clients", "docs/examples/hello-plugin", "docs/howto", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, tmp_path / "scripts" / "bump.py", version], capture_output=True, text=True, check=True
        )
    assert done.stdout == "", "the second time there is nothing to do"
    assert_lockstep(tmp_path, version)
    hello = tomllib.loads((tmp_path / "docs/examples/hello-plugin/pyproject.toml").read_text(encoding="utf-8"))
    assert hello["project"]["version"] == "0.1.0", "the example has a version of its own"
    assert hello["project"]["dependencies"][0] in (tmp_path / "docs/howto/write-a-plugin.md").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("words", [(), ("1.2",), ("1.2.3rc1",), ("1.2.3", "1.2.4")])
def test_bump_refuses_what_is_no_version(words: tuple[str, ...], tmp_path: Path) -> None:
    script = shutil.copy(ROOT / "scripts" / "bump.py", tmp_path)
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")


def test_the_matrix_has_a_row_for_each() -> None:
    """Every plugin beside the core alone, and all of them together."""
    listing = "import json, rows; print(json.dumps([[one.name, [*one.distributions, *one.bare]] for one in rows.ROWS]))"
    command = [sys.executable, "-c", listing]
    done = subprocess.run(command, cwd=ROOT / "scripts" / "matrix", capture_output=True, text=True, check=True)
    rows = dict(json.loads(done.stdout))
    names = {str(project(ROOT / folder)["name"]) for folder in FOLDERS}
    assert set(rows["everything"]) == names
    alone = {one for row in rows.values() if len(row) == len(rows["core"]) + 1 for one in row}
    assert alone == names
