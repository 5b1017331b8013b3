"""A workspace with an agent at its desk, and clients of the SDK in both eras of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_mcp.answering.desk import Asked, Desk, Reply
from vespera_mcp.answering.offers import Offers
from vespera_mcp.tools.offer import selection_of
from vespera_mcp.workspaces import OpenedWorkspaces


class Agent:
    """Calls tools one after the other, as a program would over a pipe, and is answered in text."""

    def __init__(self, folder: Path | None, *, toolsets: str = "core", read_only: bool = False, **who: Any) -> None:
        self.runner = asyncio.Runner()
        self.workspaces = OpenedWorkspaces(None if folder is None else str(folder), **who)
        self.desk = Desk(self.workspaces, Offers(selection_of(toolsets, read_only=read_only), local=True))

    def ask(self, tool: str, key: str | None = None, /, **arguments: Any) -> Reply:
        """The reply to a call, whatever it is."""
        return self.runner.run(self.desk.answer(Asked(tool=tool, arguments=arguments, key=key)))

    def __call__(self, tool: str, /, **arguments: Any) -> str:
        """The text of a reply that is no error."""
        reply = self.ask(tool, **arguments)
        assert not reply.is_error, reply.text
        return reply.text

    def refused(self, tool: str, /, **arguments: Any) -> str:
        """The text of a reply that is an error, which is one line."""
        reply = self.ask(tool, **arguments)
        assert reply.is_error, reply.text
        assert "\n" not in reply.text
        return reply.text

    def close(self) -> None:
        self.runner.run(self.workspaces.close())
        self.runner.close()


Agents = Callable[..., Agent]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace of ann's, with two tasks of which one waits for the other."""
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as ledger:
        ledger.tasks.create_task("Write the schema", task_id="web-1", priority="high")
        ledger.tasks.create_task("Build the page", task_id="web-2", depends_on=["web-1"])
    return tmp_path


@pytest.fixture
def agents(folder: Path) -> Iterator[Agents]:
    """Agents of that workspace, or of another."""
    made: list[Agent] = []

    def make(toolsets: str = "core", *, at: Path | None = folder, **more: Any) -> Agent:
        made.append(Agent(at, toolsets=toolsets, **{"actor": "bot", **more}))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def agent(agents: Agents) -> Agent:
    return agents()


@pytest.fixture
def desks(folder: Path) -> Callable[[], Desk]:
    """Desks for servers that run on an event loop of their own."""

    def make(toolsets: str = "core", **who: Any) -> Desk:
        workspaces = OpenedWorkspaces(str(folder), **{"actor": "bot", **who})
        return Desk(workspaces, Offers(selection_of(toolsets), local=True))

    return make
