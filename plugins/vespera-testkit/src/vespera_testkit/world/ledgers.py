"""Ledgers for suites: on the core's own stores, or on a store that is to be tested."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.workspace import FOLDER
from vespera_testkit.world.clock import FakeClock

STORES: Final = ("memory", "sqlite")
"""The stores that every installation has: what indexes and graphs are tested on."""
PROJECT: Final = "mem"


def make_template(folder: Path) -> Path:
    """A migrated workspace with one empty project, to be copied: migrations run once."""
    init_workspace(folder, prefix=PROJECT, actor="vespera", clock=FakeClock())
    return folder


def make_workspace(folder: Path, store: str, settings: Mapping[str, Any], clock: FakeClock) -> Path:
    """A workspace on any store, with entries for the store's own table."""
    place = folder / FOLDER
    place.mkdir(parents=True)
    lines = [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in settings.items()]
    text = f'[vespera]\nstorage = "{store}"\nproject = "{PROJECT}"\n\n[storage.{json.dumps(store)}]\n'
    (place / "config.toml").write_text(text + "\n".join(lines) + "\n", encoding="utf-8")
    init_workspace(folder, prefix=PROJECT, actor="vespera", clock=clock)
    return folder


class Ledgers:
    """Makes ledgers on any store, all on the same clock; `close` lets go of every one."""

    def __init__(
        self, template: Path, scratch: Path, clock: FakeClock, settings: Mapping[str, Any] | None = None
    ) -> None:
        self._template = template
        self._scratch = scratch
        self._settings = settings or {}
        self._opened: list[Vespera] = []
        self.clock = clock

    def open(self, store: str) -> Vespera:
        """A fresh ledger on a store, for the actor ann. The settings are those of a store that is not the core's."""
        if store == "memory":
            return self._kept(Vespera.in_memory(actor="ann", project=PROJECT, clock=self.clock))
        folder = Path(mkdtemp(dir=self._scratch)) / "work"
        if store in STORES:
            shutil.copytree(self._template, folder)
        else:
            make_workspace(folder, store, self._settings, self.clock)
        return self.reopen(folder, store)

    def reopen(self, folder: Path, store: str = "sqlite") -> Vespera:
        """A ledger on a workspace that is there."""
        return self._kept(Vespera.open(folder, actor="ann", storage=store, clock=self.clock))

    def _kept(self, ledger: Vespera) -> Vespera:
        self._opened.append(ledger)
        return ledger

    def close(self) -> None:
        """Close every ledger that was opened here, and remove its folder."""
        for ledger in self._opened:
            ledger.close()
            if ledger.folder is not None:
                shutil.rmtree(ledger.folder.parent.parent, ignore_errors=True)
        self._opened.clear()
