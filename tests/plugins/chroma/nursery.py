"""A process that tries an index in children of its own, since native code that meets damaged files may crash or stall.

Run as ``python -m plugins.chroma.nursery``: it imports the engine once, then forks for every folder that it reads the
name of, before anything is opened, and writes a line of JSON with what became of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import sys
from pathlib import Path
from typing import Any

import chromadb  # noqa: F401 - once, for all children

from plugins.chroma.support import ids, opened

MOST_MEMORY = 8 << 30
PATIENCE = 60.0


def tried(folder: Path, questions: list[list[float]]) -> dict[str, Any]:
    """What an index says that is opened as the core does it: checked, asked for its versions, then searched."""
    import numpy as np

    index = opened(folder)
    damage = [one.message for one in index.check() if one.severity == "damage"]
    versions = index.versions()
    found = [ids(index.nearest(np.array(asked, dtype=np.float32), 10)) for asked in questions]
    return {"damage": damage, "versions": versions, "found": found}


def child(folder: Path, questions: list[list[float]], answer: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told = tried(folder, questions)
    except Exception as error:
        told = {"error": type(error).__name__, "message": str(error), "next": getattr(error, "next", "")}
    os.write(answer, json.dumps(told).encode())
    os.close(answer)


def become(folder: Path, questions: list[list[float]]) -> dict[str, Any]:
    """Try a folder in a child; a crash and a stall are answers too."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        with contextlib.suppress(BaseException):
            child(folder, questions, writing)
        os._exit(0)
    os.close(writing)
    parts = bytearray()
    while select.select([reading], [], [], PATIENCE)[0] and (data := os.read(reading, 1 << 16)):
        parts += data
    os.close(reading)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with contextlib.suppress(ValueError):
        told: dict[str, Any] = json.loads(bytes(parts))
        return told
    return {"error": "died", "message": "the process crashed or stalled", "next": ""}


def main() -> None:
    questions = json.loads(sys.stdin.readline())
    for line in sys.stdin:
        sys.stdout.write(json.dumps(become(Path(line.strip()), questions)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
