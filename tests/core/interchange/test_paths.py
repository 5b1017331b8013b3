"""Paths that name no file are refused as what they are, wherever one is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import BackupFile, ExportFile, ImportFile
from vespera_core.errors import InvalidInput


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Vespera]:
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as opened:
        yield opened


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("exchange.export", ExportFile(path="")),
        ("exchange.export", ExportFile(path=".")),
        ("exchange.export", ExportFile(path="a\0b")),
        ("exchange.import", ImportFile(format="jsonl", path="a\0b")),
        ("system.backup", BackupFile(path="a\0b")),
    ],
)
def test_a_path_that_names_no_file_is_refused(ledger: Vespera, operation: str, request_: Any) -> None:
    with pytest.raises(InvalidInput) as raised:
        ledger.call(operation, request_)
    assert raised.value.details["field"] == "path"
