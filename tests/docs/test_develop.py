"""What the guides for developers name is there: files, folders, classes, operations, commands and routes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from vespera_core.cli.root import root
from vespera_core.cli.session import Run

ROOT = Path(__file__).resolve().parents[2]
GUIDES = sorted((ROOT / "docs" / "develop").glob("*.md"))
NAMES = ROOT / "docs" / "develop" / "names.md"
PACKAGES = (ROOT / "core" / "src" / "vespera_core", *sorted(ROOT.glob("plugins/*/src/vespera_*")))
OPENAPI = ROOT / "plugins" / "vespera-api" / "openapi.json"

FILE = re.compile(r"\.?[\w*-]+(\.py|\.md|\.toml|\.json|\.txt)")
ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/\S+)")
OPERATION = re.compile(r"(?!tasks\.|pyproject)[a-z]+\.[a-z_]+")
MEMBER = re.compile(r"([A-Z]\w+)\.(\w+)")
ELSEWHERE = {"apt install python3 python3-venv make git", "data", "venv"}
"""What is no name of ours."""


def spans(guide: Path) -> Iterator[str]:
    """The code spans of a guide; in the table of names those about what is here, not the sketches' own."""
    text = re.sub(r"^```.*?^```", "", guide.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for line in text.splitlines():
        ours = line.split("|", 2)[2] if guide == NAMES and line.startswith("|") else line
        yield from re.findall(r"`([^`]+)`", ours)


@cache
def sources() -> dict[Path, str]:
    places = (*PACKAGES, ROOT / "tests", ROOT / "scripts", ROOT / "bench")
    files = (path for place in places for path in place.rglob("*") if path.suffix in (".py", ".yaml"))
    return {path: path.read_text(encoding="utf-8") for path in files if path != Path(__file__)}


@cache
def words() -> frozenset[str]:
    return frozenset(word for text in sources().values() for word in re.findall(r"[\w-]+", text))


@cache
def classes() -> dict[str, str]:
    """The text of each file by the classes that it defines."""
    return {name: text for text in sources().values() for name in re.findall(r"^class (\w+)", text, re.MULTILINE)}


@cache
def operations() -> frozenset[str]:
    text = (ROOT / "docs" / "reference" / "operations.md").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^## (\S+)$", text, re.MULTILINE))


@cache
def commands() -> frozenset[str]:
    return frozenset(root.list_commands(click.Context(root, obj=Run())))


def has_route(method: str, path: str) -> bool:
    paths = json.loads(OPENAPI.read_text(encoding="utf-8"))["paths"]
    return method.lower() in paths.get(path, {})


def has_path(name: str, guide: Path) -> bool:
    """Whether a file or folder is there: from the root or a package, or by its name alone in a folder that is named."""
    if any((place / name).exists() for place in (ROOT, *PACKAGES)):
        return True
    folders = [place / one for one in spans(guide) if "/" in one and " " not in one for place in (ROOT, *PACKAGES)]
    around = [one.parent if one.is_file() else one for one in folders]
    return any((folder / name).exists() for folder in around if folder.is_dir())


def is_there(span: str, guide: Path) -> bool:
    first, _, rest = span.partition(" ")
    if first == "vespera" and rest:
        return rest.split()[0] in commands()
    if first == ".venv/bin/python":
        return all(has_path(one, guide) for one in rest.split() if "/" in one)
    if found := ROUTE.fullmatch(span):
        return has_route(*found.groups())
    if span.startswith("/"):
        return any(
            span.removeprefix("/api/v1") in text for path, text in sources().items() if "vespera_api" in str(path)
        )
    if "/" in span or FILE.fullmatch(span):
        return has_path(span, guide)
    if OPERATION.fullmatch(span):
        return span in operations()
    if found := MEMBER.fullmatch(span):
        return bool(re.search(rf"\b{found[2]}\b", classes().get(found[1], "")))
    return all(word in words() for word in re.findall(r"[A-Za-z][\w-]{2,}", span))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_what_a_guide_names_is_there(guide: Path) -> None:
    named = {one for one in spans(guide) if not one.startswith("make ")} - ELSEWHERE
    assert len(named) > 10
    assert sorted(one for one in named if not is_there(one, guide)) == []


def test_the_check_finds_what_is_not_there() -> None:
    gone = (
        "app/nowhere.py", "nowhere.py", "Kernel.fly", "Kernell", "task.fly", "vespera fly", "POST /api/v1/fly",
        "/api/v1/fly", "fly_to_moon", ".venv/bin/python -m pytest tests/nowhere",
    )  # fmt: skip
    assert [one for one in gone if is_there(one, GUIDES[0])] == []


def test_every_guide_is_in_the_table() -> None:
    setup = (ROOT / "docs" / "develop" / "setup.md").read_text(encoding="utf-8")
    assert {path.name for path in GUIDES} - {"setup.md"} == set(
        re.findall(r"\]\((\w+\.md)\)", setup.partition("##")[0])
    )
