"""The official Inspector lists and calls every tool, in both eras of the protocol, and finds no fault with them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from plugins.mcp_checks.npm import only_deep, programs, run
from plugins.mcp_checks.prepared import BOT, REFUSED, Calls, prepare

pytestmark = only_deep

VESPERA = Path(sys.executable).with_name("vespera")
ERAS = ("legacy", "modern")
TOOL_ERROR = 5
PROMPTS = {
    "plan": {"feature": "Sign in"}, "work_next": {}, "hand_over": {"task_id": "web-0"},
    "retrospective": {"project_id": "web"},
}  # fmt: skip
RESOURCES = ("vespera://ready", "vespera://task/web-0", "vespera://project/web/dashboard")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Calls]:
    programs()
    folder = tmp_path_factory.mktemp("prepared")
    return folder, prepare(folder)


@pytest.fixture
def folder(prepared: tuple[Path, Calls], tmp_path: Path) -> Path:
    """A workspace of this test's own, in which the same calls are right."""
    return Path(shutil.copytree(prepared[0], tmp_path / "work"))


def inspect(folder: Path, era: str, method: str, *words: str, sets: str = "all") -> subprocess.CompletedProcess[str]:
    server = (VESPERA, "mcp", "-C", folder, "--actor", BOT, "--toolsets", sets)
    how = ("--cli", "--format", "json", "--protocol-era", era, "--method", method, *words)
    return run("mcp-inspector", [*how, "--", *server], folder)


def result(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["result"]
    return found


def two_at_a_time(runs: Sequence[Any]) -> list[subprocess.CompletedProcess[str]]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda words: inspect(*words), runs))


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("sets", ["core", "all"])
def test_schemas_are_portable(prepared: tuple[Path, Calls], era: str, sets: str) -> None:
    done = inspect(prepared[0], era, "tools/list", "--strict", sets=sets)
    names = {tool["name"] for tool in result(done)["tools"]}
    assert "warning" not in done.stderr.lower()
    assert names == set(prepared[1]) if sets == "all" else len(names) == 18


@pytest.mark.parametrize("era", ERAS)
def test_every_tool_is_called(prepared: tuple[Path, Calls], folder: Path, era: str) -> None:
    calls = json.loads(json.dumps(prepared[1]).replace(str(prepared[0]), str(folder)))
    runs = [
        (folder, era, "tools/call", "--tool-name", name, "--tool-args-json", json.dumps(arguments))
        for name, arguments in calls.items()
    ]
    refused = {}
    for name, done in zip(calls, two_at_a_time(runs), strict=True):
        assert done.returncode in (0, TOOL_ERROR), f"{name}: {done.stdout} {done.stderr}"
        text = json.loads(done.stdout)["result"]["content"][0]["text"]
        if done.returncode == TOOL_ERROR:
            refused[name] = text.partition(":")[0] if name in REFUSED else text
    assert refused == REFUSED


@pytest.mark.parametrize("era", ERAS)
def test_resources_are_read(folder: Path, era: str) -> None:
    listed = result(inspect(folder, era, "resources/list"))["resources"]
    assert {"vespera://ready", "vespera://project/web/dashboard"} <= {one["uri"] for one in listed}
    for done in two_at_a_time([(folder, era, "resources/read", "--uri", uri) for uri in RESOURCES]):
        assert result(done)["contents"][0]["text"]


@pytest.mark.parametrize("era", ERAS)
def test_prompts_are_filled(folder: Path, era: str) -> None:
    listed = result(inspect(folder, era, "prompts/list"))["prompts"]
    assert {one["name"] for one in listed} == set(PROMPTS)
    runs = [
        (folder, era, "prompts/get", "--prompt-name", name, *(
            ("--prompt-args", *(f"{key}={value}" for key, value in given.items())) if given else ()
        ))
        for name, given in PROMPTS.items()
    ]  # fmt: skip
    for done in two_at_a_time(runs):
        assert result(done)["messages"]
