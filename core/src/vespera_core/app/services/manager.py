"""The manager: every service of the workspace in this process, each on a thread, led by one process of all."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.services.board import Board, Notes, Wanted, host_key, hostname
from vespera_core.app.services.cursors import handlers
from vespera_core.app.services.worker import Worker
from vespera_core.builtin.services import event_service
from vespera_core.errors import NotFound, Refused, StoreFault
from vespera_core.ports.service import ServiceProvider

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

_LOOK: Final = 0.5
"""Seconds between two looks at the board, and at least between two writings on it."""
_HEARTBEAT: Final = 5.0
_SILENCE: Final = 60.0
"""A host that has written nothing for so many seconds is taken off the board."""
_GOODBYE: Final = 1.5
"""Seconds that services have to end."""


def providers(kernel: Kernel) -> list[ServiceProvider]:
    """Every service on offer, then one for each plugin that hears of events. Raises ConfigError for two of one name."""
    offers = kernel.registry.offers("service")
    found = [kernel.registry.select("service", name) for name in dict.fromkeys(one[3].name for one in offers)]
    return found + [event_service(one.name, one.title) for one in handlers(kernel)]


def provider_named(kernel: Kernel, name: str) -> ServiceProvider:
    """The service of that name; raises NotFound, naming those that exist."""
    found = {one.name: one for one in providers(kernel)}
    if name not in found:
        raise NotFound(f"There is no service {name!r}; there are: {', '.join(found)}.", next="Run 'vespera services'.")
    return found[name]


class Manager:
    """Hosts services until it is told to stop. Make one a process, before anything asks the engines."""

    def __init__(self, kernel: Kernel) -> None:
        if kernel.folder is None:
            raise Refused("A ledger in memory has no services.", next="Open a workspace on the disk.")
        kernel.vault.check()
        kernel.observe()
        kernel.engines.hosting = True
        self._kernel = kernel
        self._workspace: Path = kernel.folder
        self._board = Board(kernel.storage)
        self._notes = Notes({})
        self._said: dict[str, dict[str, Any]] = {}
        self._guard = Lock()
        self._pen = Lock()  # held from taking what was said until it is on the board: nothing older comes after it
        self._written = 0.0
        self._workers: list[Worker] = []
        self._started = kernel.clock()
        self._roles: dict[str, str] = {}

    def start(self) -> None:
        """Start the thread of every service."""
        self._look()
        for provider in providers(self._kernel):
            worker = Worker(self._kernel, self._workspace, provider, self._wanted, self._say, self._conclude)
            self._workers.append(worker)
            worker.start()

    def run(self, stop: Event, seconds: float | None = None) -> None:
        """Host the services until `stop` is set, or for so many seconds."""
        end = None if seconds is None else time.monotonic() + seconds
        self.start()
        try:
            while not stop.wait(_LOOK if end is None else min(_LOOK, max(0.0, end - time.monotonic()))):
                if end is not None and time.monotonic() >= end:
                    return
                self._look()
                self._write()
        finally:
            self.stop()

    def stop(self) -> None:
        """End every service, and say so on the board."""
        for worker in self._workers:
            worker.end()
        deadline = time.monotonic() + _GOODBYE
        for worker in self._workers:
            worker.join(max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(StoreFault):
            self._board.note({host_key(): None})

    def _wanted(self, name: str) -> Wanted:
        return self._notes.wanted(name)

    def _say(self, name: str, state: dict[str, Any]) -> None:
        with self._guard:
            self._said[name] = state

    def _conclude(self, name: str) -> None:
        with self._pen:
            with self._guard:
                state = self._said.pop(name, None)
            with contextlib.suppress(StoreFault):
                self._board.note({f"state:{name}": state} if state else {})

    def _look(self) -> None:
        with contextlib.suppress(StoreFault):  # the store is busy or gone: what is known goes on to count
            self._notes = self._board.look()

    def _write(self) -> None:
        """Put what the services said on the board, and now and then that this process is alive."""
        with self._pen:
            self._write_down()

    def _write_down(self) -> None:
        roles = {worker.provider.name: worker.role for worker in self._workers}
        overdue = time.monotonic() - self._written > _HEARTBEAT
        with self._guard:
            said, self._said = self._said, {}
        if not (said or overdue or roles != self._roles):
            return
        now = self._kernel.clock()
        host = {"pid": os.getpid(), "hostname": hostname(), "started": self._started, "heartbeat": now, "roles": roles}
        memos: dict[str, Any] = {f"state:{name}": {**state, "heartbeat": now} for name, state in said.items()}
        try:
            self._board.note({**memos, **self._silent(now), host_key(): host})
        except StoreFault:
            with self._guard:
                self._said = {**said, **self._said}
        else:
            self._written, self._roles = time.monotonic(), roles

    def _silent(self, now: int) -> dict[str, None]:
        limit = now - int(_SILENCE * 1_000_000)
        return {key: None for key, kept in self._notes.hosts().items() if kept.get("heartbeat", 0) < limit}
