"""Workspaces whose engines are the small plugin of `projecting`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from projecting.site import Workspaces, installed, make_template


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the plugin is installed, and a workspace to be copied."""
    folder = tmp_path_factory.mktemp("home")
    make_template(folder / "template")
    return folder


@pytest.fixture
def spaces(home: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Workspaces]:
    """Fresh workspaces; the vector index is that of the parameter, ``tiny`` by default."""
    engine = getattr(request, "param", "tiny")
    with installed(home, vectors=engine):
        found = Workspaces(home / "template", tmp_path)
        yield found
        found.close()
