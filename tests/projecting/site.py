"""The plugin of this room as an installer would leave it, and workspaces that use it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.engines.engines import Engines
from vespera_core.app.projections.index import Index

TESTS = Path(__file__).parents[1]

Open = Callable[..., Vespera]


def install(folder: Path) -> Path:
    """Make a folder with the metadata of a distribution ``tiny-plugin`` that offers `projecting.tiny`."""
    info = folder / "tiny_plugin-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-plugin\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[vespera.plugins]\ntiny = projecting.tiny\n", encoding="utf-8")
    return folder


@contextmanager
def installed(folder: Path, **settings: str) -> Iterator[Path]:
    """The plugin, found by this process and by those that it starts; `settings` as in ``embedder="hashing"``."""
    site = folder / "site"
    if not site.exists():
        install(site)
    with pytest.MonkeyPatch.context() as patch:
        for name in [one for one in os.environ if one.startswith("VESPERA_")]:
            patch.delenv(name)
        for name, value in {"embedder": "hashing", "graph": "memory", **settings}.items():
            patch.setenv(f"VESPERA_{name.upper()}", value)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("PYTHONPATH", f"{site}:{TESTS}")
        patch.syspath_prepend(str(site))
        yield site


class Workspaces:
    """Fresh workspaces with the plugin; ledgers on them are closed with it."""

    def __init__(self, template: Path, folder: Path) -> None:
        self._template = template
        self._folder = folder
        self._opened: list[Vespera] = []

    def new(self) -> Path:
        """A workspace without tasks."""
        target = self._folder / f"work-{len(list(self._folder.iterdir()))}"
        shutil.copytree(self._template, target)
        return target

    def open(self, path: Path | None = None, **options: Any) -> Vespera:
        """A ledger on a workspace, a fresh one unless it is named."""
        ledger = Vespera.open(path or self.new(), actor="ann", **options)
        self._opened.append(ledger)
        return ledger

    def close(self) -> None:
        """Close every ledger."""
        for ledger in self._opened:
            ledger.close()


def make_template(folder: Path) -> Path:
    """A workspace to be copied."""
    init_workspace(folder, prefix="w", actor="ann")
    return folder


def add(ledger: Vespera, *titles: str, **fields: Any) -> list[str]:
    """Make tasks; answers their ids."""
    return [ledger.tasks.create_task(title, **fields).task_id for title in titles]


def engines_of(ledger: Vespera) -> Engines:
    return ledger.kernel.engines


def built(ledger: Vespera, kind: str = "vectors") -> Index:
    """The index of a ledger, made and level with the log."""
    engines = engines_of(ledger)
    engines.catch_up(60)
    index = engines.index(kind) if kind != "projection" else engines.projections()[0]
    assert index is not None
    index.open()
    assert index.rebuild() > 0
    return index


def feed(index: Index, engines: Engines) -> None:
    """Bring an index up to the log."""
    assert engines.catch_up(60).complete
    index.feed(60, 500)
