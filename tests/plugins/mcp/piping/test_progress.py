"""Clients that want to hear how far a call is: they are answered like others, and hear it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import TextContent

from vespera_core.app.application import Vespera
from vespera_core.app.requests import ExportFile

VESPERA = str(Path(sys.executable).with_name("vespera"))
PARTS = 5
Heard = list[tuple[float, float | None]]


async def called(folder: Path, era: Literal["auto", "legacy"], calls: list[tuple[str, dict[str, Any]]]) -> Any:
    """What calls are answered that ask for word of their progress, and the word that came."""
    heard: Heard = []

    async def hear(done: float, total: float | None, message: str | None) -> None:
        heard.append((done, total))

    server = StdioServerParameters(command=VESPERA, args=["mcp", "--toolsets", "all", "-C", str(folder)])
    texts = []
    async with Client(server, mode=era) as client:
        for name, given in calls:
            answer = await client.call_tool(name, given, progress_callback=hear)
            (part,) = answer.content
            assert isinstance(part, TextContent)
            texts.append(f"{answer.is_error}: {part.text}")
    return texts, heard


@pytest.mark.parametrize("era", ["auto", "legacy"])
def test_short_calls_refused_ones_and_long_ones_are_answered(era: Literal["auto", "legacy"], folder: Path) -> None:
    copied = folder / "tasks.jsonl"
    with Vespera.open(folder, actor="ann") as ledger:
        ledger.call("exchange.export", ExportFile(path=str(copied)))
    made = [("create_task", {"title": f"Part {number}"}) for number in range(PARTS)]
    refused = ("get_task", {"task_id": "web-none"})
    long = ("exchange_import", {"format": "jsonl", "path": str(copied)})
    texts, heard = asyncio.run(called(folder, era, [*made, refused, long]))
    assert [text.partition(" web-")[0] for text in texts[:PARTS]] == ["False: created:"] * PARTS
    assert texts[PARTS].startswith("True: not_found: ")
    assert texts[-1].startswith("False: ")
    assert heard, "a long one says how far it is"
    assert heard[-1] == (2, 2)
    with Vespera.open(folder, actor="ann") as ledger:
        assert ledger.tasks.list_tasks().total == 2 + PARTS, "each was done once"
