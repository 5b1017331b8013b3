"""Calls made from the tools' own schemas, right ones and wrong ones: none crashes, and none that is refused changes.

An ordinary run makes some hundreds, by a client of the SDK; VESPERA_DEEP=1 makes 10,000.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bench.agents.agent import VESPERA
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import CallToolResult, Tool

from counting import tokens
from plugins.mcp.generated import arguments as made
from plugins.mcp_checks.prepared import BOT, ROLE, prepare
from reliability.support.dose import DEEP, SEED, dose
from vespera_core.app.application import Vespera
from vespera_mcp.answering.desk import Desk
from vespera_mcp.answering.offers import Offers
from vespera_mcp.server import server_of
from vespera_mcp.tools.offer import selection_of
from vespera_mcp.workspaces import OpenedWorkspaces

ELSEWHERE = {"service_start", "service_restart", "index_rebuild", "system_repair"}
"""Tools that start processes, or take seconds: they are not called at random."""

KNOWN = (
    "web-0", "web-1", "web-2", "web-3", "web-", "web-6", "web-20.r1", "web", "old", "nowhere", ROLE, "ci", "board",
    "completed", "in_progress", "task", "bug", "new", "webhooks", "depends_on", "2030-01-01", "2020-01-01T00:00:00Z",
    "succeeded", "failed", "search", "jsonl", "markdown", "1", "40", made.FORGED,
)  # fmt: skip
CODE = re.compile(r"[a-z_]+: \S")
ERROR_TOKENS = 1_200
"""What a line about an error takes at most, with a list of all tools or ids and a call that is written out."""
ECHO = 300
"""So much of a value is never said back in an error."""


class Caller:
    """A client of the SDK on an event loop of its own, so that plain tests can call it."""

    def __init__(self, target: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._over = asyncio.Event()
        ready: asyncio.Future[Client] = self._loop.create_future()
        self._living = asyncio.run_coroutine_threadsafe(self._live(target, ready), self._loop)
        self._client = asyncio.run_coroutine_threadsafe(_awaited(ready), self._loop).result(60)

    async def _live(self, target: Any, ready: asyncio.Future[Client]) -> None:
        async with Client(target) as client:
            ready.set_result(client)
            await self._over.wait()

    def tools(self) -> list[Tool]:
        return asyncio.run_coroutine_threadsafe(self._client.list_tools(), self._loop).result(60).tools

    def __call__(self, tool: str, given: Any) -> CallToolResult:
        return asyncio.run_coroutine_threadsafe(self._client.call_tool(tool, given), self._loop).result(60)

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._living.result(60)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _awaited(future: asyncio.Future[Client]) -> Client:
    return await future


class Site:
    """A workspace with something in it, and a caller of all its tools, in this process or over a pipe."""

    def __init__(self, folder: Path, *, piped: bool) -> None:
        prepare(folder)
        self._ledger = Vespera.open(folder, actor="tests")
        self._workspaces = OpenedWorkspaces(str(folder), actor=BOT, many=False)
        words = ["mcp", "-C", str(folder), "--actor", BOT, "--toolsets", "all"]
        self.call = Caller(
            StdioServerParameters(command=str(VESPERA), args=words, cwd=folder) if piped
            else server_of(Desk(self._workspaces, Offers(selection_of("all"), local=True)))
        )  # fmt: skip
        self.tools = {tool.name: tool for tool in self.call.tools() if tool.name not in ELSEWHERE}
        self.paths = (str(folder / "out.jsonl"), str(folder / "none" / "x"), str(folder), "", ".", "\0")

    def position(self) -> int:
        with self._ledger.kernel.storage.read() as reader:
            return reader.position()

    def close(self) -> None:
        self.call.close()
        self.call.run(self._workspaces.close())
        self.call.end()
        self._ledger.close()


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Whatever names a file without a folder means one in here."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def opened(folder: Path, *, piped: bool) -> Iterator[Site]:
    found = Site(folder, piped=piped)
    with working_in(folder):
        yield found
    found.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("site") / "work", piped=False) as found:
        yield found


@pytest.fixture(scope="module")
def piped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("piped") / "work", piped=True) as found:
        yield found


def often(reduced: int, deep: int) -> Any:
    """How often a test is run, the same way for the same seed."""

    def decorated(test: Any) -> Any:
        kept = settings(
            max_examples=dose(reduced, deep), deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        return seed(SEED)(kept(test))

    return decorated


def judged(site: Site, name: str, given: dict[str, Any], *, refused: bool = False) -> str:
    """The text of the reply to a call, held to what holds for every reply."""
    before = site.position()
    result = site.call(name, given)
    (content,) = result.content
    assert content.type == "text"
    assert result.structured_content is None
    text = content.text
    assert "Traceback" not in text
    assert 'File "' not in text
    if result.is_error:
        assert site.position() == before, text
        _judged_error(text, given)
    else:
        assert not refused, text
        assert tokens(text) <= _room(site.tools[name], given)
    return text


def _judged_error(text: str, given: dict[str, Any]) -> None:
    assert CODE.match(text), text
    assert not text.startswith("internal"), text
    assert len(text.splitlines()) == 1, text
    assert tokens(text) <= ERROR_TOKENS, text
    for value in given.values():
        assert not isinstance(value, str) or len(value) <= ECHO or value[:ECHO] not in text


def _room(tool: Tool, given: dict[str, Any]) -> int:
    asked = given.get("budget") if "budget" in tool.input_schema["properties"] else None
    return asked if isinstance(asked, int) else 2_000


@often(110, 4_000)
@given(data=st.data())
def test_calls_that_fit_are_answered(site: Site, data: st.DataObject) -> None:
    tool = data.draw(st.sampled_from(sorted(site.tools)))
    judged(site, tool, data.draw(made.fitting(site.tools[tool], KNOWN, site.paths)))


@often(170, 5_700)
@given(data=st.data())
def test_calls_that_are_wrong_are_answered(site: Site, data: st.DataObject) -> None:
    tool = data.draw(st.sampled_from(sorted(site.tools)))
    judged(site, tool, data.draw(made.wrong(site.tools[tool], KNOWN, site.paths)))


@pytest.mark.skipif(not DEEP, reason="it starts a server; deep runs make calls over a pipe too")
@often(20, 300)
@given(data=st.data())
def test_calls_over_a_pipe_are_answered(piped: Site, data: st.DataObject) -> None:
    tool = data.draw(st.sampled_from(sorted(piped.tools)))
    kind = data.draw(st.sampled_from([made.fitting, made.wrong]))
    judged(piped, tool, data.draw(kind(piped.tools[tool], KNOWN, piped.paths).filter(_can_be_sent)))


def _can_be_sent(given: dict[str, Any]) -> bool:
    """Whether a client writes it: halves of characters are for those that write bytes (see `piping/test_frames`)."""
    try:
        json.dumps(given, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return True


@often(20, 300)
@given(data=st.data())
def test_tools_that_are_none_are_refused(site: Site, data: st.DataObject) -> None:
    name = data.draw(made.misnamed(sorted(site.tools)))
    judged(site, name, data.draw(st.dictionaries(st.text(max_size=8), st.sampled_from(made.ODD), max_size=2)),
           refused=True)  # fmt: skip
