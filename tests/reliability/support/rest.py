"""Clients of a server that dies: each write is sent under its key until it was answered, and what was said is kept."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Event, Lock, Thread
from typing import Any, NamedTuple, Self

ROOT = "/api/v1"
LOST = (OSError, http.client.HTTPException)
"""What a request meets whose server dies: nobody knows then whether it was done."""

_BUSY = 503
_PAUSE = 0.02
_PATIENCE = 60.0
_RECENT = 24
_DOUBT = 0.1
"""The share of writes that are repeated though they were answered."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: Any
    etag: str | None

    @property
    def done(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Said:
    """One write as its client saw it: the moments before its first sending and after its answer, and what it was."""

    key: str
    action: str
    begun: float
    ended: float
    attempts: int
    answer: Answer
    expected: int | None = None

    @property
    def task(self) -> dict[str, Any] | None:
        """The one task that was answered."""
        body = self.answer.body
        found = body.get("task") or next(iter(body.get("tasks", ())), None) if self.answer.done else None
        return found if isinstance(found, dict) else None


class Line:
    """A connection that is opened anew where it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """Ask once. Raises one of LOST where no answer came."""
        if self._open is None:
            self._open = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            data = None if body is None else json.dumps(body)
            said = {"Content-Type": "application/json"} if body is not None else {}
            self._open.request(method, ROOT + path, data, {**said, **(headers or {})})
            response = self._open.getresponse()
            return Answer(response.status, json.loads(response.read() or b"null"), response.getheader("ETag"))
        except LOST:
            self.close()
            raise

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


@dataclass
class Crowd:
    """Clients that write at once until told to stop."""

    port: int
    rng: Random
    size: int
    said: list[Said] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    recent: list[str] = field(default_factory=list)
    stop: Event = field(default_factory=Event)
    guard: Lock = field(default_factory=Lock)

    def __enter__(self) -> Self:
        seed = self.rng.randrange(1 << 30)
        clients = [_Client(self, f"client-{number}", Random(f"{seed}:{number}")) for number in range(self.size)]
        self._threads = [Thread(target=one.run, name=one.name) for one in clients]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, writes: int) -> None:
        """Until so many were answered; a busy machine writes little in a while."""
        deadline = time.monotonic() + _PATIENCE
        while len(self.said) < writes and time.monotonic() < deadline:
            time.sleep(_PAUSE)

    def note(self, one: Said) -> None:
        """Keep what a client saw."""
        with self.guard:
            self.said.append(one)
            if one.action == "create" and one.task is not None:
                self.recent = [*self.recent, str(one.task["task_id"])][-_RECENT:]


class _Client:
    """One client: it knows what it was told, and holds the server to it."""

    def __init__(self, crowd: Crowd, name: str, rng: Random) -> None:
        self.name = name
        self._crowd = crowd
        self._rng = rng
        self._line = Line(crowd.port)
        self._count = 0
        self._seen: dict[str, int] = {}

    def run(self) -> None:
        actions: list[Callable[[], None]] = [self._create, self._update, self._work, self._comment]
        try:
            while not self._crowd.stop.is_set():
                (action,) = self._rng.choices(actions, [4, 3, 2, 2])
                action()
        except Exception as error:  # it must reach the test, which runs in another thread
            self._crowd.faults.append(f"{self.name} broke: {error!r}")
        finally:
            self._line.close()

    def _create(self) -> None:
        self._write("create", "POST", "/tasks", lambda key: {"title": key})

    def _comment(self) -> None:
        if (task_id := self._any()) is not None:
            self._write("comment", "POST", f"/tasks/{task_id}/comments", lambda key: {"text": key})

    def _update(self) -> None:
        """Read, and write over what was read: nobody else's write may get lost between the two."""
        if (task_id := self._any()) is None:
            return
        found = self._send("GET", f"/tasks/{task_id}", None, {})
        version = found.body["task"]["version"]
        if version < self._seen.get(task_id, 0):
            self._crowd.faults.append(f"{self.name} reads version {version} of {task_id} after {self._seen[task_id]}")
        headers = {"If-Match": str(found.etag)}
        self._write("update", "PATCH", f"/tasks/{task_id}", lambda key: {"notes": key}, headers, version)

    def _work(self) -> None:
        """Claim something and complete it."""
        said = self._write("claim", "POST", "/tasks/claim", lambda _: {})
        if said.task is not None:
            fence = said.answer.body["fence"]
            path = f"/tasks/{said.task['task_id']}/complete"
            self._write("complete", "POST", path, lambda key: {"fence": fence, "reason": key})

    def _any(self) -> str | None:
        with self._crowd.guard:
            return self._rng.choice(self._crowd.recent) if self._crowd.recent else None

    def _write(
        self, action: str, method: str, path: str, body: Callable[[str], Any], headers: dict[str, str] | None = None,
        expected: int | None = None,
    ) -> Said:  # fmt: skip
        """Send a write under a key of its own until it is answered."""
        self._count += 1
        key = f"{self.name}.{self._count}"
        marks = {"Idempotency-Key": key, "X-Request-Id": key, **(headers or {})}
        begun = time.monotonic()
        attempts, answer = self._sent(method, path, body(key), marks)
        ended = time.monotonic()
        if answer.done and self._rng.random() < _DOUBT:
            self._repeat(method, path, body(key), marks, answer)
        said = Said(key, action, begun, ended, attempts, answer, expected)
        if said.task is not None:
            task_id, version = said.task["task_id"], said.task["version"]
            self._seen[task_id] = max(version, self._seen.get(task_id, 0))
        self._crowd.note(said)
        return said

    def _repeat(self, method: str, path: str, body: Any, marks: dict[str, str], answer: Answer) -> None:
        """Send what was answered once more, as a client does whom the answer did not reach."""
        _, again = self._sent(method, path, body, marks)
        if (again.status, again.body) != (answer.status, answer.body):
            self._crowd.faults.append(f"{marks['X-Request-Id']} was answered in two ways: {answer}, {again}")

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        return self._sent(method, path, body, headers)[1]

    def _sent(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Answer]:
        """How often it had to be sent, and the answer."""
        attempts, deadline = 0, time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            attempts += 1
            try:
                answer = self._line.ask(method, path, body, {"Vespera-Actor": self.name, **headers})
            except LOST:
                time.sleep(_PAUSE)
                continue
            if answer.status != _BUSY:
                return attempts, answer
        raise TimeoutError(f"{method} {path} was not answered within {_PATIENCE} s")
