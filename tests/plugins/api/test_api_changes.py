"""The committed OpenAPI document does not change without a word in the changelog."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
HOME = Path("plugins", "vespera-api")
Change = Callable[[dict[str, Any]], Any]


def asked(root: Path, *words: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, root / "scripts" / "api_changes.py", *words], capture_output=True, text=True, timeout=60
    )
    return done.returncode, [line.strip() for line in done.stderr.splitlines()[1:]]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy in which everything that there is was released."""
    for folder in (HOME, "scripts"):
        (tmp_path / folder).mkdir(parents=True)
    for name in (HOME / "openapi.json", "scripts/api_changes.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- get_tasks@gone\n")
    assert asked(tmp_path, "--released") == (0, [])
    return tmp_path


def changed(root: Path, change: Change) -> None:
    path = root / HOME / "openapi.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def said(root: Path, text: str) -> None:
    path = root / "CHANGELOG.md"
    path.write_text(path.read_text().replace("## Unreleased\n", f"## Unreleased\n\n- {text}\n"))


def test_every_change_since_the_last_release_is_in_the_changelog() -> None:
    assert asked(ROOT, "--check") == (0, [])


def test_what_was_released_needs_no_word(copy: Path) -> None:
    assert asked(copy, "--check") == (0, [])


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda one: one["paths"]["/api/v1/tasks"].pop("get"), "get_tasks@gone"),
        (lambda one: one["paths"]["/api/v1/tasks"]["get"].update(operationId="list_tasks"), "get_tasks@gone"),
        (lambda one: one["components"]["schemas"]["TaskOut"]["properties"].pop("title"), "schemas.TaskOut@"),
        (lambda one: one["paths"]["/api/v1/tasks"]["post"]["responses"].pop("413"), "post_tasks@"),
        (lambda one: one.update(security=[]), "security@"),
        (lambda one: one["components"]["responses"].pop("Conflict"), "responses.Conflict@gone"),
    ],
)
def test_a_change_is_found_until_it_is_named(copy: Path, change: Change, name: str) -> None:
    changed(copy, change)
    code, missing = asked(copy, "--check")
    assert code == 1
    assert any(one.startswith(name) for one in missing)
    said(copy, f"Tell of it: {', '.join(missing)}")
    assert asked(copy, "--check") == (0, [])


def test_a_further_change_needs_a_word_of_its_own(copy: Path) -> None:
    for summary in ("Other", "Another"):
        changed(copy, lambda one, text=summary: one["paths"]["/api/v1/tasks"]["get"].update(summary=text))
        code, missing = asked(copy, "--check")
        assert (code, len(missing)) == (1, 1)
        said(copy, f"Tell of {missing[0]}")


def test_without_check_it_only_tells(copy: Path) -> None:
    changed(copy, lambda one: one["paths"].pop("/api/v1/tasks"))
    code, missing = asked(copy)
    assert (code, missing) == (0, ["get_tasks@gone", "post_tasks@gone"])
