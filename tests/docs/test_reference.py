"""The computed pages say what the code says, whatever the terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = Path("plugins", "vespera-api", "openapi.json")
PAGES = (
    "backends.md", "cli.md", "configuration.md", "conformance.md", "errors.md", "hooks.md", "operations.md",
    "public-api.txt", "tools.md",
)  # fmt: skip


def reference(root: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, root / "scripts" / "reference.py", *arguments],
        env={**os.environ, **variables}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the script reads and writes."""
    shutil.copytree(ROOT / "docs" / "reference", tmp_path / "docs" / "reference")
    for sources in ("core/src", *(path.relative_to(ROOT) for path in sorted(ROOT.glob("plugins/*/src")))):
        shutil.copytree(ROOT / sources, tmp_path / sources, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / DOCUMENT, tmp_path / DOCUMENT)
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "reference.py", tmp_path / "scripts")
    for room in ("pages", "public_api"):
        shutil.copytree(ROOT / "scripts" / room, tmp_path / "scripts" / room)
    return tmp_path


def test_it_is_up_to_date() -> None:
    done = reference(ROOT, "--check", COLUMNS="40", VESPERA_ACTOR="somebody")
    assert (done.returncode, done.stderr) == (0, ""), "run 'make docs'"


def test_it_has_every_page() -> None:
    assert sorted(path.name for path in (ROOT / "docs" / "reference").iterdir()) == list(PAGES)


def test_check_names_the_pages_that_are_out_of_date_and_writes_nothing(copy: Path) -> None:
    page = copy / "docs" / "reference" / "errors.md"
    page.write_text("old")
    (copy / "docs" / "reference" / "hooks.md").unlink()
    done = reference(copy, "--check")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "docs/reference/hooks.md is out of date: run 'make docs'",
        "docs/reference/errors.md is out of date: run 'make docs'",
    ]
    assert page.read_text() == "old"


def test_it_writes_what_is_missing(copy: Path) -> None:
    shutil.rmtree(copy / "docs" / "reference")
    (copy / DOCUMENT).unlink()
    assert reference(copy).returncode == 0
    for name in (DOCUMENT, *(Path("docs", "reference", one) for one in PAGES)):
        assert (copy / name).read_text() == (ROOT / name).read_text()
