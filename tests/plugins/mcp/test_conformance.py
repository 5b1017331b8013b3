"""MCP passes the suite of transports: over HTTP in process, carried by the server that asks for tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from plugins.api.access.conftest import asked, unlimited
from plugins.api.test_conformance import Said, Tokens
from plugins.mcp.http.site import BOTH, posted
from vespera_api.app import Api
from vespera_core.app.application import Vespera
from vespera_core.ports.operation import Operation, resolve
from vespera_mcp.tools.offer import offer_of, selection_of
from vespera_mcp.tools.tool import ANY, Tool, Way
from vespera_testkit import TransportConformance

FILES = "it names files of the server's machine, which nobody over a network does"


class OverTools:
    """Asks for operations by the first tool that can say the input."""

    def __init__(self, operations: Mapping[str, Operation], client: TestClient, tokens: Tokens) -> None:
        self._operations = operations
        self._tools = offer_of(operations, selection_of("all"), local=False).tools.values()
        self._client = client
        self._tokens = tokens

    def __call__(self, operation: str, given: Mapping[str, Any], actor: str, role: str | None) -> Said | None:
        kind = resolve(self._operations[operation].input)
        for tool in self._tools:
            for word, way in tool.ways.items():
                arguments = _arguments(tool, word, way, given, kind) if way.operation == operation else None
                if arguments is not None:
                    return self._called(tool.name, arguments, self._tokens.shown(actor, role))
        return None

    def _called(self, tool: str, arguments: dict[str, Any], shown: dict[str, str]) -> Said:
        request = posted("tools/call", {"name": tool, "arguments": arguments}, era="auto")
        request["headers"] |= {"Accept": BOTH, **shown}
        result = self._client.post("/mcp", **request).json()["result"]
        text = result["content"][0]["text"]
        return (False, text.partition(":")[0]) if result.get("isError") else (True, text)


def _arguments(tool: Tool, word: str, way: Way, given: Mapping[str, Any], kind: type) -> dict[str, Any] | None:
    """How an input is written down for a tool; None where it cannot be."""
    usual = {spec.name: spec.default for spec in fields(kind)}
    names = {field: name for name, field in way.fields.items()}
    left = {field: value for field, value in given.items() if field not in way.fixed}
    if any({**usual, **given}[field] != value for field, value in way.fixed.items()):
        return None
    if any(field in usual and names.get(field, field) not in tool.arguments for field in left):
        return None
    made: dict[str, Any] = {tool.chosen_by: word} if tool.chosen_by and word not in ("", ANY) else {}
    for field, value in left.items():
        made[names.get(field, field)] = value[0] if field in names and isinstance(value, list) else value
    return None if word == ANY and tool.chosen_by not in made else made


class TestMcp(TransportConformance):
    provider = "mcp"
    elsewhere = dict.fromkeys(("exchange.import", "exchange.export", "system.backup", "guard.diff"), FILES)

    @pytest.fixture
    def client(self, workspace: Path) -> Iterator[Callable[..., Said | None]]:
        with (workspace / ".vespera" / "config.toml").open("a", encoding="utf-8") as config:
            config.write('\n[transport.mcp]\ntoolsets = "all"\n')
        with Vespera.open(workspace, actor="ann", origin="rest") as ledger:
            api = Api(ledger, settings=unlimited(auth="token"))
            with asked(api) as opened:
                yield OverTools(ledger.kernel.operations, opened, Tokens(ledger))
