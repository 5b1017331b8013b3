"""A workspace with everything: a server with services on Chroma and Kuzu, a pipe for agents, a listener, workers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.agents.piped import Piped

from reliability.support.hired import Hired
from reliability.support.rest import LOST, ROOT, Line
from reliability.support.server import Server, running
from reliability.support.subscribers import Socket
from vespera_core.app.application import init_workspace

VESPERA = Path(sys.executable).with_name("vespera")
PATIENCE = 60.0
PROJECT = "town"
ENGINES = """
vectors = "chroma"
graph = "kuzu"

[transport.rest]
limit_reads = ""
limit_writes = ""
limit_searches = ""
limit_analyses = ""
"""


class Town:
    """The processes of one workspace, and what is asked of them."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self.server = server
        self.listener = Socket(server.port)
        self.pipe = Piped([VESPERA, "-C", folder, "mcp", "--actor", "planner", "--toolsets", "all"])
        self._workers: list[Hired] = []
        self._line = Line(server.port)

    def tool(self, name: str, **arguments: Any) -> str:
        """Call a tool over MCP; the text of a reply that is no error."""
        result = self.pipe.request("tools/call", {"name": name, "arguments": arguments})
        text = str(result["content"][0]["text"])
        assert not result.get("isError"), text
        return text

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the server; what it answers with 2xx. Raises one of LOST where it is gone."""
        answer = self._line.ask(method, path, body)
        assert answer.done, answer
        return answer.body

    def raw(self, method: str, path: str) -> bytes:
        """The bytes of an answer."""
        address = f"http://127.0.0.1:{self.server.port}{ROOT}{path}"
        with urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=PATIENCE) as answer:
            return bytes(answer.read())

    def command(self, *words: str) -> Any:
        """A command in a process of its own; the data of its JSON."""
        done = subprocess.run([VESPERA, "-C", self.folder, "--json", *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["data"]

    def hire(self, name: str, script: str) -> Hired:
        """A worker that runs a script of the shell on each ready task until there is none."""
        self._workers.append(Hired(self.folder, name, "sh", "-c", script, options=("--until-empty",)))
        return self._workers[-1]

    def level(self) -> None:
        """Wait until both indexes have everything that the log has, by the server's own check."""
        wanted = {"index vectors/chroma": "ok", "index graph/kuzu": "ok"}
        await_it("the indexes are level", lambda: self.findings() == wanted)

    def findings(self) -> dict[str, str]:
        """What the doctor says of the indexes, where it compares them with the log as it ends now."""
        report = self.rest("GET", "/system/doctor")
        assert report["healthy"], report
        last = self.rest("GET", "/events?limit=1")["events"][0]["seq"]
        told = [one for one in report["findings"] if one["check"].startswith("index ")]
        return {one["check"]: one["severity"] if f"event {last}," in one["message"] else "behind" for one in told}

    def close(self) -> None:
        self._line.close()
        for worker in self._workers:
            worker.close()
        self.listener.stop.set()
        self.pipe.close()


def await_it(what: str, holds: Callable[[], bool]) -> None:
    """Wait until something holds, however often the server is gone meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except LOST:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {PATIENCE} s")


@contextmanager
def opened(folder: Path) -> Iterator[Town]:
    """A town on a new workspace, gone after the block."""
    init_workspace(folder, prefix=PROJECT, actor="ann")
    config = folder / ".vespera" / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").rstrip() + ENGINES, encoding="utf-8")
    with running(folder, services=True) as server:
        town = Town(folder, server)
        town.listener.start()
        try:
            yield town
        finally:
            town.close()
