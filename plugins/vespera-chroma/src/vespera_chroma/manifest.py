"""The note beside the engine's files: what made them, for which model, and which of them never change again.

It is written first and read first. Files that were filled in one go are sealed: each is named with its size and
digest, so that damage shows before the engine, which has no checksums, reads them.
"""

from __future__ import annotations

import json
import os
from dataclasses import field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from vespera_chroma.faults import fault
from vespera_core.model.record import record

FORMAT: Final = 1
FILE: Final = "manifest.json"
ENGINE_FOLDER: Final = "chroma"
DATABASE: Final = "chroma.sqlite3"
_WRITTEN_OUT: Final = "index_metadata.pickle"
"""The file that the engine writes last beside a graph; a folder without it is scratch, and remade at every start."""
MAKING, READY = "making", "ready"


@record(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a folder holds. `sealed` gives size and digest of files by their path in the engine's folder."""

    engine: str
    model: str
    dimension: int
    collection: str
    url: str
    state: str = MAKING
    sealed: dict[str, tuple[int, str]] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path, **changes: Any) -> Manifest:
        """Write it down with these changes, whole or not at all, durably; answers what was written."""
        changed = replace(self, **changes)
        facts = changed.facts()
        path, part = folder / FILE, folder / f"{FILE}.part"
        with part.open("w", encoding="utf-8") as out:
            json.dump({**facts, "digest": _digest_of(facts)}, out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
        _sync(folder)
        return changed

    def facts(self) -> dict[str, Any]:
        """Its fields as JSON has them."""
        return {name: getattr(self, name) for name in Manifest.__dataclass_fields__}


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder, None where the folder is empty. Raises EngineFault for anything else."""
    path = folder / FILE
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if facts.pop("digest") != _digest_of(facts):
            raise ValueError("its digest does not fit")  # noqa: TRY301 - told like every other damage of it
    except FileNotFoundError as error:
        if any(one.name != f"{FILE}.part" for one in folder.iterdir()):
            raise fault(f"{folder} holds files, but no {FILE} that says what they are.", error) from None
        return None
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise fault(f"{path} cannot be read: {error}.", error) from error
    if facts.get("format") != FORMAT:
        raise fault(f"{path} has the format {facts.get('format')!r}; this version of vespera-chroma reads {FORMAT}.")
    sealed = {name: (size, digest) for name, (size, digest) in facts.pop("sealed").items()}
    return Manifest(sealed=sealed, **facts)


def check_manifest(found: Manifest, wanted: Manifest) -> None:
    """Raise EngineFault unless files that `found` describes can serve what is `wanted`."""
    if found.state != READY:
        raise fault("The index was never filled to its end: the process that made it died.")
    for name, words in (("model", "the model"), ("dimension", "vectors of length"), ("url", "the server")):
        have, want = getattr(found, name), getattr(wanted, name)
        if have != want:
            raise fault(f"The index was made for {words} {have or 'none'}, not {want or 'none'}.")
    if _series(found.engine) != _series(wanted.engine):
        raise fault(f"The index was made by {found.engine}; {wanted.engine} is installed.")
    if wanted.url and found.collection != wanted.collection:
        raise fault(f"The index is the collection {found.collection!r} of another workspace, of which this is a copy.")


def seal(folder: Path) -> dict[str, tuple[int, str]]:
    """Size and digest of every file of the graphs that the engine has written out, all of them made durable first."""
    root = folder / ENGINE_FOLDER
    places = sorted({path.parent for path in root.rglob(_WRITTEN_OUT)})
    paths = [path for place in places for path in sorted(place.iterdir())]
    for path in (*paths, *places, root, root / DATABASE):
        _sync(path)
    return {path.relative_to(root).as_posix(): print_ for path in paths if (print_ := _print_of(path))}


def broken_seals(folder: Path, manifest: Manifest) -> list[str]:
    """What is wrong with sealed files, in words."""
    return [
        f"{name} is {'missing' if found is None else 'damaged'}"
        for name, wanted in sorted(manifest.sealed.items())
        if (found := _print_of(folder / ENGINE_FOLDER / name)) != wanted
    ]


def _print_of(path: Path) -> tuple[int, str] | None:
    digest = blake2b(digest_size=16)
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
            return file.tell(), digest.hexdigest()
    except OSError:
        return None


def _digest_of(facts: dict[str, Any]) -> str:
    return blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16).hexdigest()


def _series(engine: str) -> list[str]:
    return engine.split(".")[:2]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
