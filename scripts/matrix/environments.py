"""Wheels of this checkout, and clean environments with nothing but wheels."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from rows import Row
from smoke import Failed, said

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = (ROOT / "core", *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml")))
UV: Final = str(Path(sys.executable).with_name("uv"))


def build_wheels(folder: Path) -> dict[str, Path]:
    """A wheel of each of our distributions, by name."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    _run([*command, str(folder), *map(str, FOLDERS)])
    return {path.name.partition("-")[0].replace("_", "-"): path for path in folder.glob("*.whl")}


def make_environment(folder: Path, row: Row, wheels: dict[str, Path]) -> Path:
    """A new environment with the wheels of a row and what they need; answers its interpreter."""
    _run([UV, "venv", "--quiet", "--python", sys.executable, str(folder)])
    python = folder / "bin" / "python"
    install = [UV, "pip", "install", "--quiet", "--python", str(python)]
    oldest = ["--resolution", "lowest-direct"] if row.oldest else []
    _run([*install, *oldest, *(str(wheels[name]) for name in row.distributions)])
    if row.bare:
        _run([*install, "--no-deps", *(str(wheels[name]) for name in row.bare)])
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(said(command, done))
