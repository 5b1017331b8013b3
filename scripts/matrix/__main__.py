"""The composition matrix: wheels of every distribution in clean environments, and the main job done in each.

``python scripts/matrix [--quick] [ROW]...`` builds the wheels once, makes an environment for each row, and prints a
line a row. Exits 1 where a row failed, with what the failing command said.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from environments import build_wheels, make_environment
from rows import ROWS, Row
from smoke import Failed, Workplace, smoke

UNLIKE: Final = (Failed, LookupError, TypeError, ValueError, OSError, subprocess.SubprocessError)
"""What becomes of a composition that does not answer as it should: one row fails, and the others run on."""


def main(words: list[str]) -> int:
    """Run the rows that are asked for."""
    parser = argparse.ArgumentParser(prog="matrix", description="Wheels in clean environments, doing the main job.")
    parser.add_argument("--quick", action="store_true", help="the rows that continuous integration runs")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of: {', '.join(one.name for one in ROWS)}")
    asked = parser.parse_args(words)
    if unknown := set(asked.rows) - {one.name for one in ROWS}:
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    chosen = [one for one in ROWS if (one.name in asked.rows if asked.rows else one.quick or not asked.quick)]
    with TemporaryDirectory(prefix="vespera-matrix-") as folder:
        wheels = build_wheels(Path(folder) / "wheels")
        failed = [one.name for one in chosen if not run(one, wheels, Path(folder) / one.name)]
    sys.stdout.write(f"{len(chosen) - len(failed)} of {len(chosen)} rows are sound\n")
    return 1 if failed else 0


def run(row: Row, wheels: dict[str, Path], folder: Path) -> bool:
    """One row: a line, and below it what went wrong."""
    begun = time.monotonic()
    try:
        python = make_environment(folder / "venv", row, wheels)
        shown = smoke(Workplace(python.parent, folder / "work"), row)
        told = f"ok: {', '.join(shown)}"
    except UNLIKE as error:
        kind = "" if isinstance(error, Failed) else f"{type(error).__name__}: "
        shown, told = [], f"FAILED\n{kind}{error}"
    sys.stdout.write(f"{row.name:<24} {time.monotonic() - begun:5.0f} s  {told}\n")
    sys.stdout.flush()
    return bool(shown)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
