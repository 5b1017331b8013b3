"""The harness: ``python -m bench [--quick] [--only FAMILY] [--json FILE] [--dir DIR]``.

Figures and their raw limits are taken in the same run, in turns. Nothing here is a test: a figure that misses its
target is printed as such, and the exit code stays 0.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import (
    analysis,
    api,
    briefing,
    create,
    graph,
    growth,
    guard,
    importing,
    indexes,
    mcp,
    process,
    ready,
    vectors,
)
from bench.measure import FULL, QUICK, ROOT, Figure, Sizes
from bench.report import facts, import_lines, table, write_json
from bench.stores import Stores

RESULTS = ROOT / "bench" / "results"
FAMILIES: dict[str, Callable[[Sizes, Stores], Iterator[Figure]]] = {
    "create": create.figures,
    "import": importing.figures,
    "ready": ready.figures,
    "graph": graph.figures,
    "process": process.figures,
    "vectors": vectors.figures,
    "indexes": indexes.figures,
    "analysis": analysis.figures,
    "guard": guard.figures,
    "context": briefing.figures,
    "api": api.figures,
    "mcp": mcp.figures,
    "growth": growth.figures,
}
NO_DISK = frozenset({"tmpfs", "ramfs"})


def options() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Figures beside their raw limits.")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs, measures nothing")
    parser.add_argument("--only", choices=FAMILIES, action="append", metavar="FAMILY", help=", ".join(FAMILIES))
    parser.add_argument("--json", type=Path, default=RESULTS / "latest.json", metavar="FILE")
    parser.add_argument("--dir", type=Path, default=RESULTS, metavar="DIR", help="where the stores go, on a real disk")
    return parser.parse_args()


def file_system(folder: Path) -> str:
    """The kind of file system that a folder lies on, where the system says so."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return "unknown"
    fitting = [(len(one[1]), one[2]) for one in mounts if folder.resolve().is_relative_to(one[1])]
    return max(fitting)[1] if fitting else "unknown"


def measure(sizes: Sizes, families: list[str], stores: Stores) -> list[Figure]:
    """All figures of the chosen families, each one announced as it comes."""
    found: list[Figure] = []
    for family in families:
        print(f"{family}: measuring, load {os.getloadavg()[0]:.2f} ...", file=sys.stderr, flush=True)
        found.extend(FAMILIES[family](sizes, stores))
    return found


def main() -> int:
    """Measure, print the table, write the JSON."""
    chosen = options()
    chosen.dir.mkdir(parents=True, exist_ok=True)
    kind = file_system(chosen.dir)
    if kind in NO_DISK and not chosen.quick:
        print(f"{chosen.dir} is a {kind}: a flush there costs nothing. Name a folder on a disk: --dir DIR.")
        return 2
    sizes = QUICK if chosen.quick else FULL
    families = [one for one in FAMILIES if one in (chosen.only or FAMILIES)]
    with tempfile.TemporaryDirectory(prefix="stores-", dir=chosen.dir) as folder:
        machine = facts(chosen.dir, kind)
        stores = Stores(Path(folder))
        figures = measure(sizes, families, stores)
        command = ("ready", "--json")
        found = process.imports(sizes, stores, *command) if "process" in families else []
    machine["load_after"] = facts(chosen.dir, kind)["load"]
    print(table(figures))
    if found:
        print(import_lines(found, f"vespera {' '.join(command)}", process.ROWS), end="\n\n")
    print(" | ".join(f"{name} {value}" for name, value in machine.items()))
    write_json(chosen.json, machine, figures, found)
    print(f"JSON: {chosen.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
