"""A server as a child process, spoken to in lines of JSON, as the protocol has it over a pipe."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, Self

VERSION: Final = "2025-11-25"
"""The newest version of the protocol that begins with a handshake."""
_HELLO: Final[dict[str, Any]] = {
    "protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "program", "version": "1"},
}  # fmt: skip


class Piped:
    """One server: started with the object, greeted, ended by `close` or with the ``with`` block."""

    def __init__(
        self, command: Sequence[str | Path], folder: Path | None = None, *, errors: IO[Any] | None = None,
        greet: bool = True, environment: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )  # fmt: skip
        self._last = 0
        if greet:
            self.hello: dict[str, Any] = self.request("initialize", _HELLO)
            self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def request(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of a request. Raises RuntimeError for an error of the protocol."""
        answer = self.answer(self.ask(method, params))
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def ask(self, method: str, params: dict[str, Any] | None = None) -> int:
        """Send a request; answers its number."""
        self._last += 1
        self.send({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params or {}})
        return self._last

    def answer(self, number: int) -> dict[str, Any]:
        """The answer to a request; what comes before it is passed over."""
        while True:
            message = self.receive()
            if message.get("id") == number and "method" not in message:
                return message

    def send(self, message: dict[str, Any]) -> None:
        self.write(json.dumps(message).encode() + b"\n")

    def write(self, data: bytes) -> None:
        """Send bytes, whatever they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """The next message. Raises EOFError where the server has ended, ValueError for what is no JSON."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise EOFError(f"{self.process.args!r} ended")
        message: dict[str, Any] = json.loads(line)
        return message

    def close(self) -> int:
        """Close our end, and wait until the server has ended by itself; answers its exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            return self.process.wait(60)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
