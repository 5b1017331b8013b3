"""A site: a server of either kind as a process of its own, and clients that come to it over the wire."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from plugins.api.access.conftest import bearer

MAIN = "import sys; from vespera_core.cli.main import main; sys.exit(main())"
ERAS = ("legacy", "auto")
PATIENCE = 60.0
OLD = "2025-06-18"
NEW = "2026-07-28"
BOTH = "application/json, text/event-stream"
GREETING = {"protocolVersion": OLD, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


@dataclass(frozen=True)
class Site:
    """A running server: the address of its tools, its workspace, the tokens of callers by name, and its process."""

    url: str
    folder: Path
    tokens: dict[str, str] = field(repr=False)
    process: subprocess.Popen[str] = field(repr=False)
    errors: Path = field(repr=False)

    @asynccontextmanager
    async def client(self, who: str | None = "writer", era: str = "auto", slash: str = "") -> AsyncIterator[Client]:
        """A client of the SDK that shows somebody's token."""
        async with (
            httpx2.AsyncClient(headers=self.shown(who), timeout=PATIENCE) as http,
            Client(streamable_http_client(self.url + slash, http_client=http), mode=era) as opened,
        ):
            yield opened

    def http(self, who: str | None = "writer", **headers: str) -> httpx2.Client:
        """A plain client for requests that no client of good manners sends."""
        return httpx2.Client(headers={"Accept": BOTH, **self.shown(who), **headers}, timeout=PATIENCE)

    def shown(self, who: str | None) -> dict[str, str]:
        return {} if who is None else bearer(self.tokens[who])


def posted(method: str, params: dict[str, Any] | None = None, *, era: str = "legacy") -> dict[str, Any]:
    """What makes a request of a method: its body, and the headers that the newer protocol wants."""
    params = dict(params or {})
    if era == "legacy":
        headers = {"MCP-Protocol-Version": OLD} if method != "initialize" else {}
    else:
        headers = {"MCP-Protocol-Version": NEW, "Mcp-Method": method}
        if "name" in params:
            headers["Mcp-Name"] = params["name"]
        prefix = "io.modelcontextprotocol/"
        params["_meta"] = {f"{prefix}protocolVersion": NEW, f"{prefix}clientCapabilities": {}}
    return {"json": {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, "headers": headers}


def session_of(http: httpx2.Client, url: str) -> str:
    """The id of a new session."""
    answer = http.post(url, **posted("initialize", GREETING))
    assert answer.status_code == 200, answer.text
    return str(answer.headers["mcp-session-id"])


@contextmanager
def running(folder: Path, *words: str, tokens: dict[str, str] | None = None) -> Iterator[Site]:
    """A server that is started with these words, until the block ends."""
    errors = folder / f"{words[0]}.log"
    with errors.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, "-C", folder, *words, "--json"],
            stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, errors.read_text()
        url = str(json.loads(line)["data"]["url"]).removesuffix("/mcp") + "/mcp"
        yield Site(url, folder, tokens or {}, process, errors)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
            process.wait()
