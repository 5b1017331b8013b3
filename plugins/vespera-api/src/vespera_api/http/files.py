"""Files: what an operation reads from a file or writes to one, as the body of a request or of an answer.

Either lies in a folder of its own meanwhile, which nobody else can read, and is never in memory as a whole. An answer
is complete before its first byte is sent: whoever reads slowly keeps no snapshot of the store open, and what fails is
a problem document instead of half a file.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from vespera_api.access.gate import admission_of
from vespera_api.http.answering import encoded
from vespera_api.http.endpoint import Endpoint
from vespera_api.http.reading import FILE, Reader, check_media_type
from vespera_api.problems import HttpProblem
from vespera_core.app.bridge import Bridge
from vespera_core.errors import VesperaError
from vespera_core.model.public import public
from vespera_core.ports.operation import Operation

TAKEN: Final = ("application/x-ndjson", "application/json", "application/octet-stream")
"""What a file that is sent here may be said to be; its format is told in the query string."""

SENT: Final = {"jsonl": TAKEN[0], "beads": TAKEN[0]}
"""What files of these formats are said to be; those of others are bytes."""

FIGURES: Final = {"tasks": "Vespera-Tasks", "digest": "Vespera-Digest"}
"""What the answer of an operation says of the file that it wrote, and in which headers."""

_BLOCK: Final = 64 * 1024
_MEGABYTE: Final = 1024 * 1024


def file_endpoint_of(reader: Reader, operation: Operation, bridge: Bridge, megabytes: int) -> Endpoint:
    """What answers the requests of a route that takes or sends a file of at most so many megabytes."""

    async def perform(request: Request, path: Path) -> Any:
        asked = await reader.read(request, **{FILE: str(path)})
        if reader.route.file == "received":
            check_media_type(request, TAKEN)
            await _receive(request, path, bridge, megabytes)
        try:
            return await bridge.call(operation.name, asked, admission_of(request).caller)
        except VesperaError as error:
            raise _nameless(error, path) from None

    async def endpoint(request: Request) -> Response:
        with TemporaryDirectory(prefix="vespera-") as folder:
            path = Path(folder) / "file"
            answer = await perform(request, path)
            if reader.route.file == "received":
                return Response(encoded(public(answer)), reader.route.status, None, "application/json")
            return FileAnswer(path, public(answer), bridge)

    return endpoint


class FileAnswer(StreamingResponse):
    """Sends a file, whose name is gone by then: however this ends, nothing is left of it."""

    def __init__(self, path: Path, told: dict[str, Any], bridge: Bridge) -> None:
        self._file: IO[bytes] = path.open("rb")
        kind = str(told.get("format", "db"))
        name = "vespera." + (re.sub(r"[^a-z0-9]+", "-", kind.lower()).strip("-") or "file")
        headers = {
            "Content-Length": str(path.stat().st_size),
            "Content-Disposition": f'attachment; filename="{name}"',
            **{header: str(told[name]) for name, header in FIGURES.items() if name in told},
        }
        super().__init__(_parts(self._file, bridge), 200, headers, SENT.get(kind, TAKEN[-1]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


async def _parts(file: IO[bytes], bridge: Bridge) -> AsyncIterator[bytes]:
    while part := await bridge.run(partial(_next, file), "read"):
        yield part


def _next(file: IO[bytes]) -> bytes:
    with suppress(ValueError):  # closed: nobody waits for it any more
        return file.read(_BLOCK)
    return b""


async def _receive(request: Request, path: Path, bridge: Bridge, megabytes: int) -> None:
    """Write the body to a file. Raises HttpProblem (413) at the first byte too many."""
    size, waiting = 0, bytearray()
    with path.open("wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > megabytes * _MEGABYTE:
                raise HttpProblem(
                    413, "content_too_large", f"The file has more than {megabytes:,} megabytes.",
                    next="Send it in parts, or ask whoever runs the server to raise import_megabytes.",
                    headers={"Connection": "close"},
                )  # fmt: skip
            waiting += part
            if len(waiting) >= _BLOCK:
                await bridge.run(partial(file.write, bytes(waiting)), "read")
                waiting.clear()
        await bridge.run(partial(file.write, bytes(waiting)), "read")


def _nameless(error: VesperaError, path: Path) -> VesperaError:
    """The error without the name that a file has here, which means nothing to who sent it."""

    def told(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(str(path), "the file")
        return {key: told(one) for key, one in value.items()} if isinstance(value, dict) else value

    error.message, error.next, error.details = told(error.message), told(error.next), told(error.details)
    return error
