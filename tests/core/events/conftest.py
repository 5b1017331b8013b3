"""Workspaces with two plugins that hear of events, ``loud`` and ``quiet``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from projecting.site import Workspaces, installed, make_template
from vespera_core.app.application import Vespera
from vespera_core.app.services.events import EventHandling
from vespera_core.model.query import EventQuery
from vespera_core.ports.service import Report

VESPERA = Path(sys.executable).with_name("vespera")


class Room:
    """A workspace, a ledger on it, and what its two plugins heard."""

    def __init__(self, spaces: Workspaces) -> None:
        self.path = spaces.new()
        with (self.path / ".vespera" / "config.toml").open("a", encoding="utf-8") as stream:
            for plugin in ("loud", "quiet"):
                stream.write(f'[plugin.{plugin}]\nfolder = "{self.path}"\n')
        self.spaces = spaces
        self.ledger = spaces.open(self.path)
        self._processes: list[subprocess.Popen[str]] = []

    def told(self, plugin: str = "loud") -> Report:
        """One run of a plugin's service by a leader that knows nothing but what is noted."""
        service = EventHandling(self.ledger.kernel, {"interval": 60.0})
        service.name = f"events-{plugin}"
        return service.run(lambda: False)

    def heard(self, plugin: str = "loud") -> list[dict[str, Any]]:
        """What a plugin heard, line by line."""
        path = self.path / f"{plugin}.heard"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def places(self, plugin: str = "loud") -> list[int]:
        """The places in the log of what a plugin heard."""
        return [one["seq"] for one in self.heard(plugin)]

    def log(self, after: int = 0) -> list[int]:
        """The places in the log behind one."""
        with self.ledger.kernel.storage.read() as reader:
            return [row.seq for row in reader.event_rows(EventQuery(after_seq=after))]

    def trouble(self, what: str, kind: str = "task.created", plugin: str = "loud") -> None:
        """Have a plugin ``fail``, ``hang`` or ``exit`` at events of a kind."""
        part = self.path / "trouble.part"
        part.write_text(f"{kind} {what}", encoding="utf-8")
        part.replace(self.path / f"{plugin}.trouble")

    def mended(self, plugin: str = "loud") -> None:
        """End the trouble."""
        (self.path / f"{plugin}.trouble").unlink()

    def host(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """Host services in a process of its own."""
        process = subprocess.Popen(
            [VESPERA, "services", "run", *words], cwd=self.path, env=os.environ | variables, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._processes.append(process)
        return process

    def close(self) -> None:
        """End every process."""
        for process in self._processes:
            process.kill()
            process.communicate(timeout=20)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the plugins are installed, and a workspace to be copied."""
    folder = tmp_path_factory.mktemp("hearing")
    for plugin in ("loud", "quiet"):
        info = folder / "site" / f"{plugin}_plugin-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {plugin}-plugin\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[vespera.plugins]\n{plugin} = hearing.{plugin}\n")
    make_template(folder / "template")
    return folder


@pytest.fixture
def room(home: Path, tmp_path: Path) -> Iterator[Room]:
    """A fresh workspace, both plugins new to it."""
    with installed(home, embedder="auto", vectors="exact"):
        spaces = Workspaces(home / "template", tmp_path)
        found = Room(spaces)
        yield found
        found.close()
        spaces.close()


@pytest.fixture
def ledger(room: Room) -> Vespera:
    return room.ledger


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Waits for what a check answers, once it answers something."""

    def waited(check: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 20
        while not (found := check()):
            assert time.monotonic() < deadline, "it did not come about"
            time.sleep(0.05)
        return found

    return waited
