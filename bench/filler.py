"""A child process that fills one workspace and says what that took.

``python -m bench.filler import|raw FOLDER SOURCE``

A process of its own, so that its peak of memory is that of the import alone.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from bench.measure import Cost, timed


def peak_mb() -> float:
    """The most memory that this process ever had, in MB.

    Linux keeps ``ru_maxrss`` over exec, so that a child of a big parent would answer with its parent's peak; the
    high-water mark of the address space starts anew.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def fill(folder: Path, source: Path) -> Cost:
    """Import a file of issues through the API."""
    from bench.stores import opened
    from vespera_core.app.requests import ImportFile

    with opened(folder) as ledger:
        return timed(lambda: ledger.call("exchange.import", ImportFile(format="beads", path=str(source))))


def copy(folder: Path, source: Path) -> Cost:
    """Write the rows of the store of another workspace with executemany, streamed."""
    from bench.raw import RawWriter, streamed

    writer = RawWriter(folder / ".vespera" / "vespera.db")
    tasks, events, texts, relations = streamed(source / ".vespera" / "vespera.db")
    cost = timed(lambda: writer.load(tasks, events, texts, relations))
    writer.close()
    return cost


def main() -> None:
    """Fill, and print one line of JSON."""
    kind, folder, source = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    cost = (fill if kind == "import" else copy)(folder, source)
    print(json.dumps({"cost": cost, "peak_mb": round(peak_mb(), 1)}))


if __name__ == "__main__":
    main()
