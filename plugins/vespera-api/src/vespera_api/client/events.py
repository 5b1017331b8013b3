"""Events as they happen: the server's stream, taken up again where it broke off."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx

from vespera_api.client.errors import Unreachable, error_of

PATIENCE: Final = 60.0
"""Seconds of silence after which a connection is given up for another: the server is never silent for so long."""

MAX_FAILURES: Final = 8
"""Connections in a row that bring nothing, before it is given up."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event: its kind, what is told of it, and the cursor from which a later iterator goes on behind it."""

    kind: str
    data: dict[str, Any]
    cursor: str


class Events(Iterator[StreamEvent]):
    """An endless iterator; `cursor` is the place behind the last event that it gave. Raises Unreachable at last."""

    def __init__(self, http: httpx.Client, path: str, cursor: str | None, filters: Mapping[str, Any]) -> None:
        self.cursor = cursor
        self._http = http
        self._path = path
        self._filters = dict(filters)
        self._flow = self._endless()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> StreamEvent:
        return next(self._flow)

    def close(self) -> None:
        """End it."""
        self._flow.close()

    def _endless(self) -> Generator[StreamEvent, None, None]:
        failures = 0
        while True:
            try:
                for event in self._connection():
                    failures = 0
                    yield event
            except httpx.TransportError as error:
                if (failures := failures + 1) >= MAX_FAILURES:
                    raise Unreachable(
                        f"The stream of events does not come: {error or type(error).__name__}."
                    ) from error
            time.sleep(min(0.1 * 2**failures, 5.0))

    def _connection(self) -> Iterator[StreamEvent]:
        headers = {"Accept": "text/event-stream"} | ({} if self.cursor is None else {"Last-Event-ID": self.cursor})
        timeout = httpx.Timeout(30.0, read=PATIENCE)
        with self._http.stream("GET", self._path, params=self._filters, headers=headers, timeout=timeout) as answer:
            if not answer.is_success:
                answer.read()
                raise error_of(answer)
            for name, data, place in _parts(answer.iter_lines()):
                self.cursor = place or self.cursor
                if name not in _OWN and place is not None:
                    yield StreamEvent(name, data, place)


_OWN: Final = frozenset({"hello", "closing"})
"""Parts by which the stream speaks of itself."""


def _parts(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    """Name, data and id of each part (WHATWG HTML, section 9.2)."""
    said: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            said[name] = said[name] + "\n" + value.removeprefix(" ") if name in said else value.removeprefix(" ")
            continue
        if "data" in said:
            yield said.get("event", "message"), json.loads(said["data"]), said.get("id")
        said = {}
