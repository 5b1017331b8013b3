"""Servers over a pipe, as processes of their own, spoken to in bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench.agents.agent import VESPERA
from bench.agents.piped import Piped

from vespera_core.app.application import init_workspace

Start = Callable[..., Piped]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("piped")
    init_workspace(folder, prefix="web", actor="ann")
    return folder


@pytest.fixture(scope="module")
def start(place: Path) -> Iterator[Start]:
    """Starts servers in one workspace; what they log is an assertion at the end."""
    log = (place / "errors.log").open("w")
    begun: list[Piped] = []

    def make(*words: str, greet: bool = True) -> Piped:
        begun.append(Piped([VESPERA, "mcp", "--actor", "bot", *words], place, errors=log, greet=greet))
        return begun[-1]

    yield make
    for one in begun:
        if one.process.returncode is None:
            assert one.close() == 0
    log.close()
    said = (place / "errors.log").read_text()
    assert "Traceback" not in said, said
    assert "unforeseen" not in said, said
