"""A workspace with indexes whose files are damaged, what is done to them, and what is asked of it afterwards."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b, sha256
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from reliability.support.dose import DEEP

TASKS = 100
FOLDERS = {"vectors": "chroma", "graph": "kuzu"}
KINDS = tuple(FOLDERS)
QUESTION = ("search", "oven for the night", "--mode", "semantic")

Type = Callable[..., Any]


class Sound(NamedTuple):
    """A workspace with both indexes, and what is answered from it, whoever answers."""

    folder: Path
    found: list[tuple[str, float]]
    path: dict[str, Any]


class Site:
    """A copy of it to be damaged."""

    def __init__(self, sound: Sound, folder: Path, typed: Type) -> None:
        shutil.copytree(sound.folder, folder)
        self.folder = folder
        self.sound = sound
        self._typed = typed

    def __call__(self, *words: str, **options: Any) -> Any:
        return self._typed(*words, cwd=self.folder, **(FOLDERS | options))

    def root(self, kind: str) -> Path:
        return self.folder / ".vespera" / kind / FOLDERS[kind]

    def generation(self, kind: str) -> Path:
        """The folder of the generation that answers: one of the sound workspace."""
        return self.root(kind) / "g1" / "files"

    def files(self, kind: str) -> list[Path]:
        """Every file of an index that has something in it, the core's note beside the folder too."""
        return sorted(path for path in self.root(kind).rglob("*") if path.is_file() and path.stat().st_size)

    def answers(self) -> None:
        """Ask for what is like a text, and for the critical path, and compare with what the sound workspace said."""
        with ThreadPoolExecutor() as pool:
            search, path = pool.submit(self, *QUESTION), pool.submit(self, "graph", "critical-path")
        assert ranked(search.result()) == self.sound.found
        assert search.result()["degraded"] is False
        assert plain(path.result()) == self.sound.path

    def named(self) -> dict[str, str]:
        """What the doctor finds wrong with the indexes, by kind. The ledger itself is healthy all the while."""
        report = self("doctor")
        assert report["healthy"]
        wrong = {one["check"]: one["message"] for one in report["findings"] if one["severity"] != "ok"}
        told = {kind: wrong.pop(f"index {kind}/{name}", "") for kind, name in FOLDERS.items()}
        assert wrong == {}
        return {kind: message for kind, message in told.items() if message}

    def heals(self) -> None:
        """A rebuild brings both indexes back, with every task, and leaves nothing else behind."""
        rebuilt = self("rebuild")["rebuilt"]
        assert [one["tasks"] for one in rebuilt] == [TASKS + 1] * 2
        assert len({one["digest"] for one in rebuilt}) == 1
        for kind in KINDS:
            assert len(list(self.root(kind).glob("g*.json"))) == len(list(self.root(kind).glob("g*/"))) == 1
        if DEEP:
            assert self.named() == {}


def ranked(found: dict[str, Any]) -> list[tuple[str, float]]:
    return [(one["task_id"], round(one["score"], 4)) for one in found["hits"]]


def plain(path: dict[str, Any]) -> dict[str, Any]:
    """An answer without who gave it."""
    return {name: value for name, value in path.items() if name != "stand_in_reason"}


# ------------------------------------------------------------ what is done to the files


class Damage:
    """What is done to the files of one index; `place` says to which of them, where it is one."""

    def __init__(self, kind: str, how: str, place: int = 0) -> None:
        self.kind = kind
        self.how = how
        self.place = place

    def __str__(self) -> str:
        return f"{self.kind}-{self.how}" + (f"-{self.place}" if self.how in BY_FILE else "")

    def do(self, site: Site, rng: Random) -> str:
        """Do it; answers what was damaged."""
        if self.how in BY_FILE:
            path = site.files(self.kind)[self.place]
            BY_FILE[self.how](path, rng)
            return path.name
        WHOLE[self.how](site, self.kind)
        return "all"


def truncated(path: Path, _rng: Random) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flipped(path: Path, rng: Random) -> None:
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def folder_gone(site: Site, kind: str) -> None:
    shutil.rmtree(site.generation(kind))


def all_gone(site: Site, kind: str) -> None:
    shutil.rmtree(site.folder / ".vespera" / kind)


def old_format(site: Site, kind: str) -> None:
    reworded(site, kind, format=0)


def other_engine(site: Site, kind: str) -> None:
    reworded(site, kind, engine={"vectors": "chromadb 0.3.29", "graph": "ladybug"}[kind])


def other_model(site: Site, kind: str) -> None:
    assert kind == "vectors"
    reworded(site, kind, model="another@model")


def other_file(site: Site, kind: str) -> None:
    """The engine's file is one of another program: a database of SQLite, as it happens."""
    name = {"vectors": "chroma/chroma.sqlite3", "graph": "graph.kuzu"}[kind]
    shutil.copy(site.folder / ".vespera" / "vespera.db", site.generation(kind) / name)


def reworded(site: Site, kind: str, **changes: Any) -> None:
    """The note that an engine's plugin keeps, as another version or model would have written it."""
    path = site.generation(kind) / "manifest.json"
    document = json.loads(path.read_text())
    facts = {**(document["graph"] if kind == "graph" else document), **changes}
    facts.pop("digest" if kind == "vectors" else "", None)
    text = json.dumps(facts, sort_keys=True).encode()
    if kind == "graph":
        document = {"graph": facts, "sha256": sha256(text).hexdigest()}
    else:
        document = {**facts, "digest": blake2b(text, digest_size=16).hexdigest()}
    path.write_text(json.dumps(document))


BY_FILE: dict[str, Callable[[Path, Random], None]] = {"truncated": truncated, "flipped": flipped}
WHOLE: dict[str, Callable[[Site, str], None]] = {
    one.__name__: one for one in (folder_gone, all_gone, old_format, other_engine, other_file)
}
WHOLE["other_model"] = other_model
ALWAYS_NAMED = set(WHOLE)
