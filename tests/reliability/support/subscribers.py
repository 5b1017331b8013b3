"""Subscribers of a server that dies: each goes on from its cursor, and keeps the numbers of what it saw."""

from __future__ import annotations

import http.client
import json
import time
from abc import abstractmethod
from collections.abc import Iterator
from threading import Event, Thread

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from reliability.support.rest import LOST, ROOT, Line

_PAUSE = 0.05
_POLL = 0.1


class Subscriber:
    """One reader in a thread of its own, with what it saw."""

    name = ""

    def __init__(self, port: int) -> None:
        self.port = port
        self.seen: list[int] = []
        self.lives = 0
        self.faults: list[str] = []
        self.stop = Event()
        self._thread = Thread(target=self._run, name=self.name)

    @property
    def cursor(self) -> int:
        return self.seen[-1] if self.seen else 0

    def start(self) -> None:
        self._thread.start()

    def finish(self, last: int, seconds: float = 60.0) -> None:
        """Wait until it has seen the log up to its end, then end it."""
        deadline = time.monotonic() + seconds
        while self.cursor < last and time.monotonic() < deadline and self._thread.is_alive():
            time.sleep(_PAUSE)
        self.stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self.stop.is_set():
            try:
                self.lives += 1
                for seq in self.follow():
                    self.seen.append(seq)
                    if self.stop.is_set():
                        return
            except (*LOST, WebSocketException, TimeoutError):
                time.sleep(_PAUSE)
            except Exception as error:  # it must reach the test, which runs in another thread
                self.faults.append(f"{self.name} broke: {error!r}")
                return

    @abstractmethod
    def follow(self) -> Iterator[int]:
        """Numbers of events behind the cursor, until the connection ends."""


class Pages(Subscriber):
    """Asks for pages of the log, which come newest first, back to where it was."""

    name = "pages"

    def follow(self) -> Iterator[int]:
        line = Line(self.port)
        try:
            while not self.stop.is_set():
                yield from self._news(line)
                time.sleep(_POLL)
        finally:
            line.close()

    def _news(self, line: Line) -> list[int]:
        found: list[int] = []
        before = ""
        while True:
            answer = line.ask("GET", f"/events?limit=200{before}")
            if not answer.done:
                return []
            page = [event["seq"] for event in answer.body["events"]]
            found += [seq for seq in page if seq > self.cursor]
            following = answer.body["before_seq"] if "before_seq" in answer.body else answer.body.get("next_before_seq")
            if not page or page[-1] <= self.cursor + 1 or following is None:
                return sorted(found)
            before = f"&before_seq={following}"


class Stream(Subscriber):
    """Reads server-sent events, and comes back with the id of the last one."""

    name = "stream"

    def follow(self) -> Iterator[int]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", f"{ROOT}/events/stream", headers={"Last-Event-ID": str(self.cursor)})
            response = connection.getresponse()
            while line := response.readline():
                if line.startswith(b"data:") and (seq := json.loads(line[5:]).get("seq")):
                    yield int(seq)
        finally:
            connection.close()


class Socket(Subscriber):
    """Subscribes over a WebSocket, with the number of the last event as its cursor."""

    name = "socket"

    def follow(self) -> Iterator[int]:
        with connect(f"ws://127.0.0.1:{self.port}{ROOT}/ws", open_timeout=5, close_timeout=1) as socket:
            socket.send(json.dumps({"type": "subscribe", "id": "all", "cursor": str(self.cursor)}))
            while not self.stop.is_set():
                message = json.loads(socket.recv(timeout=5))
                if message["type"] == "event":
                    yield int(message["event"]["seq"])
