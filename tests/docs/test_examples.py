"""What the documents show is done again: commands, scripts, excerpts and links."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docs.test_http import DOCUMENTS as OVER_HTTP

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
DOCUMENTS = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("core/*.md"), *ROOT.glob("plugins/*/*.md"), *ROOT.glob("docs/**/*.md")]
    if not path.relative_to(ROOT).parts[0].startswith(".")
)
LANGUAGES = {"console", "cypher", "ini", "json", "python", "sh", "text", "toml", "yaml"}
"""What a block may be; only ``console`` and ``python`` are run here, and ``cypher`` by the tests of vespera-kuzu."""

MARKS = {"", "data", "excerpt", "notify", "plugin"}
"""The last three belong to the pages about plugins, which have tests of their own."""

REAL = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real projects are not at {DATA}"),
]
Blocks = Callable[[Path], list[Any]]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def steps_of(blocks: list[Any], mark: str) -> list[Any]:
    return [step for block in blocks if block.mark == mark for step in block.steps()]


ON_REAL_PROJECTS = ("README.md", "docs/tutorial/first-steps.md", "docs/tutorial/meaning-and-structure.md")
TUTORIALS = (*ON_REAL_PROJECTS[1:], "docs/tutorial/roles.md")
HOW_TO = (
    "docs/howto/use-from-an-agent.md",
    "docs/howto/guard-files.md",
    "docs/howto/keys.md",
    "docs/howto/secure-the-server.md",
    "docs/howto/use-over-mcp.md",
    "docs/howto/choose-plugins.md",
)


@pytest.mark.parametrize("name", ["README.md", *TUTORIALS, *HOW_TO])
def test_commands_print_what_the_document_says(name: str, shell: Any, blocks: Blocks) -> None:
    steps = steps_of(blocks(ROOT / name), "")
    assert len(steps) > 6
    shell.play(steps)


@pytest.mark.parametrize("name", [pytest.param(one, marks=REAL) for one in ON_REAL_PROJECTS])
def test_commands_on_real_projects(name: str, shell: Any, blocks: Blocks) -> None:
    (shell.folder / "beads").mkdir()
    for place in (shell.start, shell.folder / "beads"):
        (place / ".beads").mkdir()
        (place / ".beads" / "issues.jsonl").symlink_to(DATA / "beads-issues.jsonl")
    (shell.start / ".taskmaster" / "tasks").mkdir(parents=True)
    (shell.start / ".taskmaster" / "tasks" / "tasks.json").symlink_to(DATA / "taskmaster-tasks.json")
    (shell.start / "backlog").symlink_to(DATA / "backlog-md")
    vespera = Path(sys.executable).with_name("vespera")
    subprocess.run([vespera, "init", "--prefix", "all"], cwd=shell.start, env=shell.environment, check=True)
    steps = steps_of(blocks(ROOT / name), "data")
    assert len(steps) >= 4
    shell.play(steps)


def test_every_block_is_of_a_known_kind(blocks: Blocks) -> None:
    for path in DOCUMENTS:
        for block in blocks(path):
            assert block.language in LANGUAGES, f"{name_of(path)}: {block.language}"
            assert block.mark in MARKS, f"{name_of(path)}: {block.mark}"


def test_no_other_document_has_commands_that_nobody_runs(blocks: Blocks) -> None:
    run = {
        "README.md",
        *TUTORIALS,
        *HOW_TO,
        *OVER_HTTP,
        "docs/howto/write-a-plugin.md",
        "docs/tutorial/write-a-plugin.md",
    }
    with_commands = {name_of(path) for path in DOCUMENTS if any(block.language == "console" for block in blocks(path))}
    assert with_commands <= run


def test_the_readme_shows_what_make_run_prints(tmp_path: Path, shell: Any, blocks: Blocks) -> None:
    shutil.copytree(ROOT / "docs" / "examples" / "bakery", tmp_path / "docs" / "examples" / "bakery")
    (tmp_path / "scripts").mkdir()
    tour = shutil.copy(ROOT / "scripts" / "tour.py", tmp_path / "scripts")
    done = subprocess.run([sys.executable, tour], env=shell.environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    printed = iter(_timeless(done.stdout).splitlines())
    shown = next(block for block in blocks(ROOT / "README.md") if block.language == "text")
    for line in _timeless(shown.text).splitlines():
        assert line in ("", "...") or line in printed, f"make run does not print, or not in this order: {line}"


def _timeless(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", text)


def test_the_makefile_has_every_target_that_documents_name() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in DOCUMENTS:
        named = set(re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, f"{name_of(path)}: {named - targets}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        if "://" in target:
            continue
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), f"{target} is not there"
        assert not anchor or anchor in _anchors(linked), f"{target}: there is no such heading"


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
