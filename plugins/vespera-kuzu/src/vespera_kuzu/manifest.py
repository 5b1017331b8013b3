"""The note beside the graph's file that says who wrote it, how far, and what its bytes add up to.

The engine checks little of what it reads: a flipped bit may come back as a wrong answer or crash it, and without its
write-ahead log it opens at an older state in silence. So the note holds a digest of the file, which only changes while
a checkpoint or a load runs, and one of the log as it was after the last commit, which only grows until then.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final, Literal

from vespera_core.errors import EngineFault
from vespera_core.model.record import record

FORMAT: Final = 1
NAME: Final = "manifest.json"
REBUILD: Final = "Make the graph anew from the store with 'vespera rebuild graph'. Nothing is lost by that."

State = Literal["ready", "folding", "loading"]
"""The digests hold; a checkpoint is under way and the engine itself tells how far it came; a load is."""


@record(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Who wrote the file, and how far it has come."""

    engine: str
    version: str
    storage: int
    state: State
    commits: int = 0
    digest: str = ""
    log_bytes: int = 0
    log_digest: str = ""
    format: int = FORMAT


def damaged(message: str) -> EngineFault:
    """The graph's files cannot be used."""
    return EngineFault(f"The graph's files are damaged: {message}", next=REBUILD)


def read_manifest(folder: Path) -> Manifest | None:
    """The note in a folder; None where there is none. Raises EngineFault where it cannot be read or trusted."""
    try:
        document = json.loads((folder / NAME).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise damaged(f"{NAME} cannot be read: {error}.") from error
    fields = document.get("graph") if isinstance(document, dict) else None
    if not isinstance(fields, dict) or document.get("sha256") != _digest_of(fields):
        raise damaged(f"{NAME} does not say what was written to it.")
    if fields.get("format") != FORMAT:
        raise EngineFault(
            f"The graph's files are of format {fields.get('format')}; this version reads {FORMAT}.", next=REBUILD
        )
    return Manifest(**fields)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the note, whole or not at all, and durably."""
    fields = {name: getattr(manifest, name) for name in Manifest.__dataclass_fields__}
    text = json.dumps({"graph": fields, "sha256": _digest_of(fields)}, indent=1)
    part = folder / f"{NAME}.part"
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / NAME)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest_of(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def digest_of_file(descriptor: int) -> str:
    """SHA-256 of an open file, from its beginning; the descriptor's own position does not move."""
    digest, offset = hashlib.sha256(), 0
    while block := os.pread(descriptor, 1 << 20, offset):
        digest.update(block)
        offset += len(block)
    return digest.hexdigest()
