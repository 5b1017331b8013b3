"""The main job, once, on the sample project: every line printed comes from the real `vespera` command."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "docs" / "examples" / "bakery" / "issues.jsonl"
FOLDER = ROOT / ".sample"
COMMAND = Path(sys.executable).with_name("vespera")


def run(*arguments: str) -> None:
    """Run a command as a person would, and show both."""
    print(f"\n$ vespera {shlex.join(arguments)}", flush=True)
    subprocess.run([COMMAND, *arguments], cwd=FOLDER, check=True)


def main() -> None:
    """A fresh workspace in `.sample`, from import to the first completed task."""
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    FOLDER.mkdir()
    run("init", "--prefix", "bake")
    run("import", "beads", f"../{SAMPLE.relative_to(ROOT)}")
    run("ready")
    run("ready", "--explain", "bake-e1")
    run("search", "bookkeeping", "--limit", "1")
    run("graph", "critical-path")
    run("claim", "bake-a3", "--actor", "ada")
    run("complete", "bake-a3", "--actor", "ada", "--reason", "kept in SQLite, synced before the answer")
    run("ready")
    run("history", "bake-a3")
    run("graph", "forecast", "--agents", "2", "--seed", "7")
    print(f"\nThe workspace is in {FOLDER.relative_to(ROOT)}: try 'vespera next' there, or 'vespera tree bake-shop'.")
    print("Read on in docs/tutorial/first-steps.md, and in meaning-and-structure.md beside it.")


if __name__ == "__main__":
    main()
