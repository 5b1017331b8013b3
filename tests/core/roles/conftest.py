"""A workspace with roles of its own, and none of any plugin's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vespera_core.app.application import Vespera, init_workspace

ROLES = {
    "dev": "name: dev\ncapabilities: [code_writing]\nfiles: {edit: {allow: ['src/**'], deny: ['*.key']}}\n",
    "checker": (
        "capabilities: [testing, code_analysis]\nmax_concurrent_tasks: 1\ntask_types: [bug, task]\n"
        "restrictions: {max_task_depth: 1}\nvalidation: [acceptance_criteria]\n"
    ),
}


def write(folder: Path, name: str, text: str) -> Path:
    roles = folder / ".vespera" / "roles"
    roles.mkdir(exist_ok=True)
    path = roles / f"{name}.yaml"
    path.write_text(text)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace without roles."""
    monkeypatch.delenv("VESPERA_ROLES", raising=False)
    init_workspace(tmp_path, prefix="web", actor="ann")
    return tmp_path


@pytest.fixture
def ledger(folder: Path) -> Iterator[Vespera]:
    """A workspace whose tasks are held to two roles."""
    for name, text in ROLES.items():
        write(folder, name, text)
    with Vespera.open(folder, actor="ann") as opened:
        yield opened
