"""Reading what a test writes down: a format, some lines, and the rows they become."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from vespera_core.interchange.formats import FORMATS
from vespera_core.model.task import Relation, Task
from vespera_core.ports.format import ExportedTask, ImportRow, Source

Reader = Callable[..., Source]


def _open(name: str, path: Path, *, skip: bool = False) -> Source:
    reader = next(one.read for one in FORMATS if one.name == name)
    assert reader is not None
    return reader(path, skip)


@pytest.fixture
def open_source() -> Reader:
    """Open a path as a format."""
    return _open


@pytest.fixture
def source_of(tmp_path: Path) -> Reader:
    """Write lines (text, bytes or values) into a file and open it as a format."""

    def make(name: str, *lines: Any, skip: bool = False) -> Source:
        path = tmp_path / "file"
        parts = [one if isinstance(one, bytes) else _text(one).encode() for one in lines]
        path.write_bytes(b"\n".join(parts) + b"\n")
        return _open(name, path, skip=skip)

    return make


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@pytest.fixture
def exported() -> Callable[[str, Iterable[ImportRow]], str]:
    """Rows as an importer would store them when all their relations resolve, exported again."""

    def export(name: str, rows: Iterable[ImportRow]) -> str:
        writer = next(one.write for one in FORMATS if one.name == name)
        assert writer is not None
        stream = io.StringIO()
        writer(stream, (), [ExportedTask(as_task(row), tuple(row.comments)) for row in rows])
        return stream.getvalue()

    return export


def as_task(row: ImportRow) -> Task:
    """The first parent becomes the parent, further ones are related."""
    further = [Relation("relates_to", target) for target in row.parents[1:]]
    relations = tuple(sorted({*(Relation(*pair) for pair in row.relations), *further}))
    parent = row.parents[0] if row.parents else None
    values = {"project_id": "p", **row.fields, "parent_id": parent, "relations": relations, "version": row.version}
    return Task(**values)


@pytest.fixture
def to_task() -> Callable[[ImportRow], Task]:
    """The task that a row becomes."""
    return as_task
