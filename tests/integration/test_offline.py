"""Clean environments from built wheels, without any network: search and analysis as in the tutorial."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integration.conftest import PIP, wheels_of

ROOT = Path(__file__).resolve().parents[2]
BAKERY = ROOT / "docs" / "examples" / "bakery" / "issues.jsonl"
ALONE = ("core", "plugins/vespera-sql", "plugins/vespera-static")
ENGINES = (*ALONE, "plugins/vespera-chroma", "plugins/vespera-kuzu")
SETS = {"core": ALONE, "core, chroma and kuzu": ENGINES} if os.environ.get("VESPERA_DEEP") else {"core": ALONE}
"""What is installed. The engines bring 500 MB along: `make test-deep` installs them too."""

CHANGES = [{"kind": "complete", "task_id": "bake-a3"}]
NETWORK = "import socket; print([name for _, name in socket.if_nameindex()])"
Type = Callable[..., Any]


def _unshare() -> list[str]:
    """A prefix that runs a command where no network is."""
    prefix = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*prefix, "true"], capture_output=True).returncode:
        pytest.skip("this system lets nobody make a network namespace (unshare --map-root-user --net)")
    return prefix


@pytest.fixture(scope="module", params=SETS)
def offline(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, surroundings: dict[str, str]
) -> Type:
    """Type a command of a clean environment, with no network; answers its data."""
    folder = tmp_path_factory.mktemp("offline")
    prefix, python = _unshare(), folder / "venv" / "bin" / "python"
    wheels = wheels_of(folder / "wheels", *SETS[request.param])
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    _run([*PIP, "--python", python, "install", "--quiet", "--no-compile", *wheels])
    found = subprocess.run([*prefix, python, "-c", NETWORK], capture_output=True, text=True, timeout=60)
    assert found.stdout == "['lo']\n", "there is a network"
    engines = len(wheels) > len(ALONE)
    named = {"VESPERA_VECTORS": "chroma", "VESPERA_GRAPH": "kuzu"} if engines else {}

    def run(*words: str | Path) -> Any:
        command = [*prefix, python.with_name("vespera"), *words, "--json"]
        done = subprocess.run(
            command, cwd=folder, env=surroundings | named, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return json.loads(done.stdout)["data"]

    run("init", "--prefix", "bake")
    run("import", "beads", BAKERY)
    (folder / "changes.json").write_text(json.dumps(CHANGES))
    if engines:
        assert [one["index"] for one in run("rebuild")["rebuilt"]] == ["vectors/chroma", "graph/kuzu"]
    answering = [one["answers"] for one in run("services", "status")["engines"]]
    assert answering == (["static", "chroma", "kuzu"] if engines else ["static", "exact", "memory"])
    return run


def _run(command: list[Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr


def test_search_knows_what_is_meant(offline: Type) -> None:
    found = offline("search", "bookkeeping")
    assert found["tasks"][0]["task_id"] == "bake-c4"
    assert (found["degraded"], found["behind"]) == (False, 0)
    assert offline("similar", "bake-a2")["similar"][0]["task_id"] == "bake-a4"
    assert offline("duplicates")["groups"] == []
    assert sum(group["size"] for group in offline("cluster", "-k", "3")["clusters"]) == 23


def test_the_graph_says_what_is_critical_and_when_it_ends(offline: Type) -> None:
    path = offline("graph", "critical-path")
    assert path["tasks"][0]["task_id"] == "bake-a3"
    assert path["stand_in_reason"] is None
    assert path["length_minutes"] == sum(one["duration_minutes"] for one in path["tasks"]) == 2880
    assert offline("graph", "whatif", "changes.json")["length_change_minutes"] < 0
    first, again = (offline("graph", "forecast", "--seed", "7", "--samples", "200") for _ in range(2))
    for name in ("mean_minutes", "work_minutes", "criticality"):
        assert first[name] == again[name]
    assert [[one["minutes"] for one in told["quantiles"]] for told in (first, again)] == [[6409, 7360, 8589]] * 2
