"""A process that feeds an index and says what it has done, until it is killed: ``python -m plugins.chroma.writer``."""

from __future__ import annotations

import sys
from pathlib import Path

from plugins.chroma.support import matrix, name_of, opened, projected
from vespera_core.ports.projection import Gone

BATCH = 20
VECTORS = matrix(400, seed=3)


def main(folder: Path, start: int) -> None:
    """Batches of new versions of tasks, round after round, each told once it is there; some tasks go again."""
    index = opened(folder)
    for number in range(start, start + 10_000):
        places = [(number * BATCH + offset) % len(VECTORS) for offset in range(BATCH)]
        batch = [projected(place, VECTORS[place], version=number + 1) for place in places]
        index.apply(batch, [Gone(name_of(1_000 + number), 1)])
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
