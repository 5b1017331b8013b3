"""What a command writes, kept within bounds: its beginning, its end, and how much was left out between them."""

from __future__ import annotations


class HeadTail:
    """Takes any number of bytes and keeps at most `limit` of them: a quarter from the head, the rest from the tail."""

    def __init__(self, limit: int) -> None:
        self.total = 0
        self._head_room = limit // 4
        self._tail_room = limit - self._head_room
        self._head = bytearray()
        self._tail = bytearray()

    def add(self, data: bytes) -> None:
        """Take what was written next."""
        self.total += len(data)
        room = self._head_room - len(self._head)
        self._head += data[:room]
        self._tail += data[max(0, room) :]
        if len(self._tail) > 2 * self._tail_room:
            del self._tail[: len(self._tail) - self._tail_room]

    def text(self) -> str:
        """What is kept, as text that any store takes: what is not UTF-8, and NUL, becomes U+FFFD."""
        tail = self._tail[max(0, len(self._tail) - self._tail_room) :]
        missing = self.total - len(self._head) - len(tail)
        gap = f"\n[{missing:,} bytes left out]\n".encode() if missing else b""
        return bytes(self._head + gap + tail).decode("utf-8", "replace").replace("\x00", "\ufffd")
