"""Two servers over one workspace that ask for tokens: one carried by `vespera serve`, one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.api.served import made
from plugins.mcp.http.site import Site, running
from vespera_core.app.application import Vespera, init_workspace

KINDS = ("mounted", "standalone")


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A workspace with callers of every standing, and their tokens."""
    folder = tmp_path_factory.mktemp("workplace")
    tokens = made(folder)
    with (folder / ".vespera" / "config.toml").open("a") as config:
        config.write('auth = "token"\n\n[transport.mcp]\nauth = "token"\n')
    return folder, tokens


@pytest.fixture(scope="session")
def mounted(workplace: tuple[Path, dict[str, str]]) -> Iterator[Site]:
    folder, tokens = workplace
    with running(folder, "serve", "--port", "0", "--no-services", tokens=tokens) as site:
        yield site


@pytest.fixture(scope="session")
def standalone(workplace: tuple[Path, dict[str, str]]) -> Iterator[Site]:
    folder, tokens = workplace
    with running(folder, "mcp", "--http", "127.0.0.1:0", tokens=tokens) as site:
        yield site


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest) -> Site:
    """Each of the two."""
    found: Site = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Vespera]:
    """A workspace of ann's, for a service in this process."""
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as opened:
        yield opened
