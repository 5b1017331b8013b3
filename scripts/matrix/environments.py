"""Wheels of this checkout, and clean environments with nothing but wheels."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Final
from zipfile import Path as Inside

from packaging.requirements import Requirement
from packaging.version import Version
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
    chosen = [wheels[name] for name in row.distributions]
    needs = sorted({line for wheel in chosen for line in needs_of(wheel)}) if row.oldest else []
    oldest = ["--resolution", "lowest-direct"] if row.oldest else []  # only what is named here counts as direct
    _run([*install, *oldest, *map(str, chosen), *needs])
    if row.oldest:
        refuse_untried(python, needs)
    if row.bare:
        _run([*install, "--no-deps", *(str(wheels[name]) for name in row.bare)])
    return python


def needs_of(wheel: Path) -> list[str]:
    """What a wheel demands of others than ours, extras aside."""
    name, version, _ = wheel.name.split("-", 2)
    lines = PathDistribution(Inside(wheel, f"{name}-{version}.dist-info/")).requires or []
    return [line for line in lines if not line.startswith("vespera-") and "extra ==" not in line]


def refuse_untried(python: Path, needs: list[str]) -> None:
    """Fail where a release is newer than its bound: then the bound promises what nobody can install."""
    listed = json.loads(_run([UV, "pip", "list", "--quiet", "--format", "json", "--python", str(python)]))
    there = {one["name"]: Version(one["version"]) for one in listed}
    for need in map(Requirement, needs):
        release = there[need.name.lower()]
        bounds = [Version(one.version) for one in need.specifier if one.operator in (">=", "==")]
        if not any(release.release[: len(bound.release)] == bound.release for bound in bounds):
            raise Failed(f"{need}: the oldest release that goes with the others is {release}")


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(said(command, done))
    return done.stdout
