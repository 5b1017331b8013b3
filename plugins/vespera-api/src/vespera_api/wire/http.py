"""HTTP under uvicorn, for slow clients: those who bring a request too slowly, or take nothing of an answer, are cut.

uvicorn closes a connection that says nothing after an answer, but waits for ever for a first request, and for what it
is in the middle of. So heads have to come whole within some seconds and some bytes, and bodies at some rate. Nor does
it ever give up a peer that does not read: closing a connection waits until all that was written is taken.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

MAX_HEAD: Final = 65_536
"""Bytes that the head of a request may have."""
_LOOK: Final = 5.0
"""Seconds between two looks at how much of a body has come."""
BUFFER: Final = 16 * 1024
"""Bytes that may wait in this process for the peer's machine to take them before more is asked of an answer."""
TAKE_SECONDS: Final = 20.0
"""A peer that takes nothing for so long, while something waits for it, is cut off."""
ENDING_SECONDS: Final = 2.0
"""The same once the server ends."""


def protocol(head_seconds: float, body_rate: int) -> type[HttpToolsProtocol]:
    """The protocol for uvicorn: heads within `head_seconds`, bodies with `body_rate` bytes a second."""

    class Impatient(_Impatient):
        head_time = head_seconds
        rate = body_rate

    return Impatient


class _Impatient(HttpToolsProtocol):
    head_time: float
    rate: int

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._in_head = False
        self._head_bytes = 0
        self._body_bytes = 0
        self._running: RequestResponseCycle | None = None
        self._untaken: asyncio.TimerHandle | None = None
        self._ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=BUFFER)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._taken()
        self._tell_running()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Whoever says no more may still read the answer that has not begun; in the midst of one they are gone."""
        waits = self.cycle is not None and not self.cycle.response_started
        if waits:
            self.cycle.keep_alive = False
        return waits

    def _tell_running(self) -> None:
        """uvicorn tells the last request that was sent in a row, though it works on an earlier one."""
        self.pipeline.clear()
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        self._taken()
        super()._start_asgi_task(cycle, app)

    def handle_websocket_upgrade(self) -> None:
        self._disarm()  # from here on the connection is another protocol's
        self._taken()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        if self._deadline is None and not self._in_head and self.cycle is not None and self.cycle.response_complete:
            self._expect_head()  # empty lines may come before a head, and uvicorn takes them for its beginning
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > MAX_HEAD:
            self._give_up(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        if not self._in_head:
            self._expect_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._disarm()
        self._in_head = False
        self._body_bytes = 0
        self._deadline = self.loop.call_later(_LOOK, self._look)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._disarm()
        super().on_message_complete()

    def _expect_head(self) -> None:
        self._disarm()
        self._in_head = True
        self._head_bytes = 0
        self._deadline = self.loop.call_later(self.head_time, self._head_is_late)

    def _head_is_late(self) -> None:
        if self.flow.read_paused:  # another request comes first, and its answer is not ready
            self._deadline = self.loop.call_later(self.head_time, self._head_is_late)
        else:
            self._give_up(b"408 Request Timeout")

    def _look(self) -> None:
        """Whether enough of the body came since the last look; while reading is paused it is we who are slow."""
        if self._body_bytes < self.rate * _LOOK and not self.flow.read_paused:
            self._give_up(b"408 Request Timeout")
            return
        self._body_bytes = 0
        self._deadline = self.loop.call_later(_LOOK, self._look)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self, status: bytes) -> None:
        self._disarm()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        self.transport.close()
        self._expect_taking()

    # ------------------------------------------------------------ taking answers

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_taking()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._taken()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._expect_taking()

    def shutdown(self) -> None:
        super().shutdown()
        self._ending = True
        self._taken()
        self._expect_taking()

    def _expect_taking(self) -> None:
        """Whatever waits now has to become less. Nothing is added meanwhile: whoever would, waits, or ends this."""
        if self._untaken is None and (left := self.transport.get_write_buffer_size()):
            seconds = ENDING_SECONDS if self._ending else TAKE_SECONDS
            self._untaken = self.loop.call_later(seconds, self._look_at_taking, left)

    def _look_at_taking(self, before: int) -> None:
        self._untaken = None
        if self.transport.get_write_buffer_size() < before:
            self._expect_taking()
        else:
            self.transport.abort()

    def _taken(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None
