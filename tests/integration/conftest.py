"""A person at a terminal: the installed console script, in a folder of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
VESPERA = Path(sys.executable).with_name("vespera")

Type = Callable[..., Any]


def wheels_of(folder: Path, *distributions: str) -> list[Path]:
    """Distributions of ours, by their folders, built with the tools that stand in the environment of the tests."""
    sources = [ROOT / name for name in distributions]
    words = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, *sources)
    done = subprocess.run([*PIP, *words], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment without any setting of whoever runs the tests."""
    names = [name for name in os.environ if not name.startswith(("VESPERA_", "PYTHON"))]
    cache = str(tmp_path_factory.mktemp("cache"))
    return {name: os.environ[name] for name in names} | {"LOGNAME": "ann", "XDG_CACHE_HOME": cache}


@pytest.fixture(scope="session")
def typed(surroundings: dict[str, str]) -> Type:
    """Type a command with --json in a folder; answers its data. With `code`, the error that it must end with.

    `settings` are those of the environment, as in ``vectors="chroma"``.
    """

    def run(*words: str | Path, cwd: Path, code: int = 0, **settings: str) -> Any:
        named = {f"VESPERA_{name.upper()}": value for name, value in settings.items()}
        done = subprocess.run(
            [VESPERA, *words, "--json"], cwd=cwd, env=surroundings | named, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == code, (words, done.stdout, done.stderr)
        if code:
            return json.loads(done.stderr)["error"]
        assert done.stderr == "", words
        return json.loads(done.stdout)["data"]

    return run


@pytest.fixture
def vespera(tmp_path: Path, typed: Type) -> Type:
    """The same, in a folder of the test's own."""
    return partial(typed, cwd=tmp_path)
