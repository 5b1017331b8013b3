"""An agent: calls tools one after the other, reads what it is told, and follows hints to the letter."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from bench.agents.piped import Piped

VESPERA: Final = Path(sys.executable).with_name("vespera")
NEXT: Final = " Next: "
_CALL: Final = re.compile(r"\b([a-z]+(?:_[a-z]+)*) (?=\{)")


class Said(NamedTuple):
    """One line of a transcript: a call, and what it was answered with."""

    agent: str
    tool: str
    arguments: dict[str, Any]
    text: str
    is_error: bool

    @property
    def code(self) -> str:
        """The code of an error."""
        return self.text.partition(":")[0]

    @property
    def hint(self) -> str:
        """What an error says to do next."""
        return self.text.rpartition(NEXT)[2] if NEXT in self.text else ""


class Agent:
    """One agent at a server of its own, in a folder."""

    def __init__(self, name: str, folder: Path, *words: str, errors: IO[Any] | None = None) -> None:
        self.name = name
        self.server = Piped([VESPERA, "mcp", "--actor", name, *words], folder, errors=errors)
        self.said: list[Said] = []

    def call(self, tool: str, arguments: dict[str, Any], key: str | None = None) -> Said:
        """The answer to a call, whatever it is; a write under a key is done once."""
        params: dict[str, Any] = {"name": tool, "arguments": arguments}
        if key is not None:
            params["_meta"] = {"vespera/idempotency-key": key}
        result = self.server.request("tools/call", params)
        (content,) = result["content"]
        self.said.append(Said(self.name, tool, arguments, content["text"], result.get("isError", False)))
        return self.said[-1]

    def do(self, tool: str, /, **arguments: Any) -> str:
        """The text of an answer that is no error."""
        said = self.call(tool, arguments)
        if said.is_error:
            raise RuntimeError(f"{self.name}: {tool} {arguments}: {said.text}")
        return said.text


def suggested(hint: str) -> tuple[str, dict[str, Any]] | None:
    """The first call that a hint writes out."""
    for found in _CALL.finditer(hint):
        try:
            arguments, _ = json.JSONDecoder().raw_decode(hint, found.end())
        except ValueError:
            continue
        return found[1], arguments
    return None


def told_ids(text: str) -> list[str]:
    """The ids at the start of the lines of a list."""
    cells = [line.partition("\t")[0] for line in text.splitlines() if "\t" in line]
    return cells[cells[:1] == ["id"] :]


def told_fence(text: str) -> int | None:
    """The fence of a hold."""
    found = re.search(r"^fence (\d+)", text, re.MULTILINE)
    return int(found[1]) if found else None


def told_hold(text: str) -> str | None:
    """The task that is held now, by what a claim or the start of a run says."""
    found = re.search(r"^holding (\S+)\t", text, re.MULTILINE)
    return found[1] if found else None


def tokens(said: Iterable[Said]) -> tuple[int, int]:
    """What the calls of a transcript take, and what their answers do, in tokens of o200k_base."""
    from tests.counting import tokens as counted

    calls, answers = 0, 0
    for one in said:
        calls += counted(f"{one.tool} {json.dumps(one.arguments, ensure_ascii=False, separators=(',', ':'))}")
        answers += counted(one.text)
    return calls, answers
