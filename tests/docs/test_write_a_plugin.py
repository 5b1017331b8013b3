"""The tutorial about plugins: done again in an environment of its own, in which it installs and removes."""

from __future__ import annotations

import json
import os
import sysconfig
import venv
from pathlib import Path
from typing import Any

import pytest

from docs.home import BINARIES, EXAMPLES, ROOT
from docs.test_usearch_index import check_report

PAGE = ROOT / "docs" / "tutorial" / "write-a-plugin.md"
QUOTED = ("notify-command", "writers-roles", "usearch-index")


@pytest.fixture
def environment(tmp_path: Path, shell: Any) -> dict[str, str]:
    """A Python environment on top of that of the tests: it has all of it, and what is installed stays in it."""
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=False, symlinks=True)
    below = sysconfig.get_path("purelib")
    (site,) = folder.glob("lib/*/site-packages")
    (site / "below.pth").write_text(f"import site; site.addsitedir({below!r})\n", encoding="utf-8")
    for name in ("vespera", "pip", "pytest"):
        script = (BINARIES / name).read_text(encoding="utf-8").replace(str(BINARIES), str(folder / "bin"))
        (folder / "bin" / name).write_text(script, encoding="utf-8")
        (folder / "bin" / name).chmod(0o755)
    # Nothing is fetched: what builds a wheel, and what the examples need, stands in the environment below.
    alone = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    path = f"{folder / 'bin'}{os.pathsep}{shell.environment['PATH']}"
    return {**shell.environment, **alone, "PATH": path}


def test_the_tutorial_shows_what_happens(environment: dict[str, str], shell: Any, blocks: Any) -> None:
    shell.environment = environment
    steps = [step for block in blocks(PAGE) if block.mark == "plugin" for step in block.steps()]
    assert len(steps) > 30
    shell.play(steps, seconds=300)
    check_report(json.loads((shell.folder / "workshop" / "report.json").read_text(encoding="utf-8"))["suites"])


def test_the_tutorial_quotes_the_examples(blocks: Any) -> None:
    files = [path for name in QUOTED for path in (EXAMPLES / name).rglob("*") if path.suffix in (".py", ".toml")]
    sources = [path.read_text(encoding="utf-8") for path in files]
    excerpts = [block.text for block in blocks(PAGE) if block.mark == "excerpt"]
    assert len(excerpts) == 6
    for excerpt in excerpts:
        assert any(excerpt in source for source in sources), excerpt
