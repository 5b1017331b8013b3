"""A process that feeds a graph until it is killed, and tells of each batch that was acknowledged."""

from __future__ import annotations

import sys
from pathlib import Path

from plugins.kuzu.support import opened, projected
from vespera_core.ports.projection import Gone, Projected

NAMES = 40


def batch_of(number: int) -> tuple[list[Projected], list[Gone]]:
    """Batch `number`: all tasks depend on the one that the number picks; another one goes, or comes back."""
    hub, off = f"t{number % NAMES}", f"t{(number * 7 + 1) % NAMES}"
    names = [f"t{n}" for n in range(NAMES)]
    live = [name for name in names if name != off or name == hub]
    tasks = [projected(name, *([hub] if name != hub else []), version=number, role=f"r{number % 3}") for name in live]
    return tasks, [Gone(name, number) for name in names if name not in live]


def main(folder: str, mode: str, start: int) -> None:
    """Write batch after batch, or load again and again into fresh folders."""
    if mode == "load":
        while True:
            graph = opened(Path(folder) / f"g{start}")
            graph.load(projected(f"t{n}", *([f"t{n - 1}"] if n else [])) for n in range(3000))
            sys.stdout.write(f"{start}\n")
            sys.stdout.flush()
            graph.close()
            start += 1
    graph = opened(Path(folder))
    while True:
        start += 1
        graph.apply(*batch_of(start))
        sys.stdout.write(f"{start}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
