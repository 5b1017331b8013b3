"""One service in one process: a thread that leads it while it holds the service's lock, and stands by while not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.observing import observed
from vespera_core.app.services.board import FAILED, RUNNING, STANDBY, STOPPED, Wanted, hostname, service_lock
from vespera_core.app.services.settings import service_class, settings_of
from vespera_core.errors import VesperaError
from vespera_core.ports.observer import Activity
from vespera_core.ports.service import Report, Service, ServiceProvider

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

POLL: Final = 0.25
"""Seconds between two looks at whether there is work."""
_LONGEST_PAUSE: Final = 60.0


class Worker(Thread):
    """Runs a service again and again.

    `wanted` tells it what the board says, `say` takes what it has to tell, and `conclude` the last of that: it is on
    the board when the call returns, before another process may lead.
    """

    def __init__(
        self, kernel: Kernel, workspace: Path, provider: ServiceProvider, wanted: Callable[[str], Wanted],
        say: Callable[[str, dict[str, Any]], None], conclude: Callable[[str], None],
    ) -> None:  # fmt: skip
        super().__init__(name=f"vespera-{provider.name}", daemon=True)
        self.provider = provider
        self.role = STANDBY
        self._kernel = kernel
        self._wanted = wanted
        self._say = say
        self._conclude = conclude
        self._lock = service_lock(workspace, provider.name)
        self._ending = Event()
        self._service: Service | None = None
        self._made_for: tuple[int, dict[str, Any]] | None = None
        self._next_run = 0.0
        self._failures = 0
        self._seen: object = None
        self._state: dict[str, Any] = {}

    def end(self) -> None:
        """Ask the service to stop soon."""
        self._ending.set()

    def run(self) -> None:
        try:
            while not self._ending.is_set():
                self._turn()
                self._ending.wait(self._pause())
        finally:
            self._leave()

    def _pause(self) -> float:
        """Until the next look; a service without a pulse needs none before it is due, but for commands."""
        service = self._service
        asleep = service is not None and type(service).pulse is Service.pulse
        return min(4 * POLL, max(POLL, self._next_run - time.monotonic())) if asleep else POLL

    def _turn(self) -> None:
        wanted = self._wanted(self.provider.name)
        if not wanted.runs:
            self._leave()
            self.role = STOPPED
        elif not self._lock.take():
            self.role = STANDBY
        else:
            self._lead(wanted)

    def _lead(self, wanted: Wanted) -> None:
        self.role = RUNNING
        try:
            service = self._made(wanted)
            if self._is_due(service):
                self._run_once(service)
        except Exception as error:  # whatever a service does, its thread goes on
            self._failed(error)

    def _made(self, wanted: Wanted) -> Service:
        settings = settings_of(self._kernel, self.provider, wanted.settings)
        made_for = (wanted.restarts, settings)
        if self._service is None or made_for != self._made_for:
            self._close()
            self._service = service_class(self.provider)(self._kernel, settings)
            self._service.name = self.provider.name
            self._made_for = made_for
            self._next_run, self._failures, self._seen = 0.0, 0, None
            self._tell(status=RUNNING, started=self._kernel.clock(), error="", settings=settings)
        return self._service

    def _is_due(self, service: Service) -> bool:
        now = time.monotonic()
        if now >= self._next_run:
            return True
        return self._failures == 0 and service.pulse() != self._seen

    def _run_once(self, service: Service) -> None:
        self._seen = service.pulse()  # before the run: what changes during it makes the next one
        began, at = time.monotonic(), self._kernel.clock()
        activity = Activity(kind="service", name=self.provider.name)
        report = observed(self._kernel.observers, activity, lambda _: service.run(self._ending.is_set))
        self._failures = 0
        self._next_run = began + (0.0 if report.again else float(service.settings["interval"]))
        self._tell(**_told(report), status=RUNNING, error="", last_run=at, duration=time.monotonic() - began)

    def _failed(self, error: Exception) -> None:
        said = error.message if isinstance(error, VesperaError) else f"{type(error).__name__}: {error}"
        pause = min(_LONGEST_PAUSE, 2.0**self._failures)
        self._failures += 1
        self._next_run = time.monotonic() + pause
        self._tell(status=FAILED, error=said[:1000], failed_at=self._kernel.clock(), failures=self._failures)

    def _tell(self, **facts: Any) -> None:
        fresh = {**self._state, **facts, "pid": os.getpid(), "hostname": hostname()}
        self._state = fresh
        self._say(self.provider.name, fresh)

    def _leave(self) -> None:
        """Let somebody else lead."""
        if self._lock.descriptor is not None:
            self._close()
            self._tell(status=STOPPED)
            self._conclude(self.provider.name)
            self._lock.free()

    def _close(self) -> None:
        service, self._service = self._service, None
        if service is not None:
            try:
                service.close()
            except Exception as error:
                self._tell(error=f"{type(error).__name__}: {error}"[:1000])


def _told(report: Report) -> dict[str, Any]:
    return {"done": report.done, "text": report.text, "lag": report.lag}
