"""A server as a process of its own, which is killed and comes back at the same address."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAIN = "import sys; from vespera_core.cli.main import main; sys.exit(main())"


class Server:
    """`vespera serve` over a workspace. `before` is code that runs first in its process: a planted bug, say."""

    def __init__(self, workspace: Path, before: str = "", *, services: bool = False) -> None:
        self._workspace = workspace
        self._program = f"{before}\n{MAIN}"
        self._services = services
        self.port = _free_port()
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and come back once it answers."""
        more = [] if self._services else ["--no-services"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._program, "-C", self._workspace, "serve", "--port", str(self.port), "--json",
             *more],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the server did not start: {self._process.communicate()[1]}"
        assert json.loads(line)["data"]["url"].endswith(f":{self.port}")

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def end(self, seconds: float = 60.0) -> tuple[int, str]:
        """SIGTERM: its exit code, and what it had to complain about."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        _, complaints = self._process.communicate(timeout=seconds)
        return self._process.returncode, complaints


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running(workspace: Path, before: str = "", *, services: bool = False) -> Iterator[Server]:
    """A server that is gone after the block, however it is left."""
    server = Server(workspace, before, services=services)
    server.start()
    try:
        yield server
    finally:
        server.kill()
