"""What the documents about HTTP show is done again, against a server of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.api.served import serving
from vespera_core.app.application import init_workspace

ROOT = Path(__file__).resolve().parents[2]
SHOWN = "http://127.0.0.1:8420"
"""Where the documents say that the server is; a test has it wherever there is room."""

DOCUMENTS = ("plugins/vespera-api/README.md", "docs/howto/use-over-http.md")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "workspace"
    folder.mkdir()
    init_workspace(folder, prefix="web", actor="ann")
    with serving(folder) as server:
        yield server.url
        assert "failed" not in server.complaints()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_requests_are_answered_as_the_document_says(
    name: str, url: str, shell: Any, blocks: Callable[[Path], list[Any]]
) -> None:
    found = [block for block in blocks(ROOT / name) if block.language in ("console", "python")]
    steps = [step for block in found for step in block.steps()]
    assert len(steps) > 5
    assert all(SHOWN in step.command for step in steps)
    shell.play([replace(step, command=step.command.replace(SHOWN, url)) for step in steps])
