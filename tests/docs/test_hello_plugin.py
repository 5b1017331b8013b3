"""The example plugin, installed for real: the page about it is true, and each of its hooks does what it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from plugins.api.served import serving

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "hello-plugin"
PAGE = ROOT / "docs" / "howto" / "write-a-plugin.md"
VESPERA = Path(sys.executable).with_name("vespera")

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plugin installed in it, as pip leaves it."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--target", folder, EXAMPLE], check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture
def run(site: Path, shell: Any) -> Run:
    """Run a command beside the plugin: its exit code, and the one JSON object that it answers."""
    shell.environment["PYTHONPATH"] = str(site)

    def vespera(*words: str) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [VESPERA, "--json", *words], cwd=shell.start, env=shell.environment, capture_output=True, text=True
        )
        return done.returncode, json.loads(done.stdout or done.stderr)

    assert vespera("init", "--prefix", "web")[0] == 0
    return vespera


def test_the_page_shows_what_happens(site: Path, shell: Any, blocks: Any) -> None:
    shell.environment["PYTHONPATH"] = str(site)
    steps = [step for block in blocks(PAGE) if block.mark == "plugin" for step in block.steps()]
    assert len(steps) > 4
    shell.play(steps)


def test_the_page_quotes_the_files(blocks: Any) -> None:
    sources = [path.read_text(encoding="utf-8") for path in sorted((EXAMPLE / "src").rglob("*.py"))]
    excerpts = [block for block in blocks(PAGE) if block.mark == "excerpt"]
    assert len(excerpts) == 8
    for excerpt in excerpts:
        assert any(excerpt.text in source for source in sources), excerpt.text
    project = (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")
    quoted = next(block for block in blocks(PAGE) if block.language == "toml")
    assert quoted.text in project
    assert tomllib.loads(quoted.text)["project"]["name"] == "hello-plugin"


def test_vespera_operations_adds_to_the_table(run: Run) -> None:
    code, answer = run("plugins", "show", "hello")
    assert code == 0
    assert "hello.greet" in json.dumps(answer)


def test_an_operation_of_it_is_a_tool_too(run: Run, site: Path, shell: Any) -> None:
    """With no further work: over MCP it is called by its name, and its veto is told as any refusal is."""
    assert run("plugins", "list")[0] == 0
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    asked = [
        ("initialize", hello),
        ("tools/call", {"name": "hello_greet", "arguments": {}}),
        ("tools/call", {"name": "create_task", "arguments": {"title": "TODO x"}}),
    ]
    lines = [
        json.dumps({"jsonrpc": "2.0", "id": at, "method": one, "params": given})
        for at, (one, given) in enumerate(asked)
    ]
    lines.insert(1, json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
    with subprocess.Popen(
        [VESPERA, "mcp", "--toolsets", "all"], cwd=shell.start, env=shell.environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as server:  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("\n".join(lines) + "\n")
        server.stdin.flush()
        answers = {one["id"]: one["result"] for one in (json.loads(server.stdout.readline()) for _ in asked)}
        server.stdin.close()
    assert not answers[1]["isError"]
    assert "hello" in answers[1]["content"][0]["text"].lower()
    assert answers[2]["content"][0]["text"].startswith("change_rejected: ")


def test_an_operation_of_it_is_a_call_and_a_route_too(run: Run, shell: Any) -> None:
    """The same operation by its name on the command line, and over HTTP; what comes back is the same."""
    code, told = run("call", "hello.greet")
    assert (code, told["data"]) == (0, {"text": "Hello ann: 0 tasks are ready.", "ready": 0})
    with serving(shell.start, environment=shell.environment) as server:
        answer = httpx.post(f"{server.url}/api/v1/operations/hello.greet", json={}, headers={"Vespera-Actor": "ann"})
        document = httpx.get(f"{server.url}/openapi.json").json()
    assert (answer.status_code, answer.json()) == (200, told["data"])
    assert any(path.endswith("/operations/hello.greet") for path in document["paths"])


def test_vespera_before_write_vetoes_and_nothing_is_written(run: Run) -> None:
    code, answer = run("create", "TODO x", "--id", "web-1")
    assert (code, answer["error"]["code"]) == (1, "change_rejected")
    assert run("create", "Do x, TODOLIST and all", "--id", "web-1")[0] == 0
    code, answer = run("update", "web-1", "--title", "still TODO")
    assert (code, answer["error"]["code"]) == (1, "change_rejected")


def test_vespera_authorize_denies_guests_what_they_would_write(run: Run) -> None:
    for words in (("create", "Mine"), ("claim",)):
        code, answer = run(*words, "--actor", "guest")
        assert (code, answer["error"]["code"], answer["error"]["policy"]) == (1, "permission_denied", "hello")
    code, answer = run("list", "--actor", "guest")
    assert (code, answer["data"]["total"]) == (0, 0)


def test_vespera_register_commands_is_asked_where_help_is(run: Run, shell: Any) -> None:
    said = subprocess.run([VESPERA, "--help"], cwd=shell.start, env=shell.environment, capture_output=True, text=True)
    assert re.search(r"^  hello +Say how much there is to do\.$", said.stdout, re.MULTILINE)


def test_vespera_projections_keeps_files_of_titles(run: Run, shell: Any) -> None:
    assert run("create", "First\tone", "--id", "web-1")[0] == 0
    assert run("rebuild", "hello.names")[1]["data"]["rebuilt"][0]["tasks"] == 1
    (names,) = Path(shell.start).glob(".vespera/projection/hello.names/g*/files/web.txt")
    assert names.read_text() == "web-1\t1\tFirst one\n"
    assert run("create", "Second", "--id", "web-2")[0] == 0
    assert run("delete", "web-1")[0] == 0
    assert run("services", "run", "--for", "2s")[0] == 0
    assert names.read_text() == "web-2\t1\tSecond\n"
    findings = {one["check"]: one["severity"] for one in run("doctor")[1]["data"]["findings"]}
    assert findings["index projection/hello.names"] == "ok"


def test_vespera_task_document_says_what_a_task_is_known_by(site: Path, shell: Any, run: Run) -> None:
    code = """
from vespera_core import Vespera
from vespera_core.app.projections.documents import texts_of
with Vespera.open() as ledger:
    for metadata in ({"summary": "bread"}, {}):
        task = ledger.tasks.create_task("A", description="flour", metadata=metadata)
        print(repr(texts_of(ledger.kernel.plugins, task).full))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=shell.start, env=shell.environment, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["'A\\nbread'", "'A\\nflour'"], done.stderr


def test_the_reference_does_not_look_at_what_is_installed(site: Path, shell: Any) -> None:
    variables = shell.environment | {"PYTHONPATH": str(site)}
    script: list[str | Path] = [sys.executable, ROOT / "scripts" / "reference.py", "--check"]
    assert subprocess.run(script, env=variables, capture_output=True, text=True).stderr == ""


def test_blocked_it_does_nothing(run: Run, shell: Any) -> None:
    shell.environment["VESPERA_BLOCK"] = "hello-plugin"
    assert run("create", "TODO x")[0] == 0
    assert run("hello")[0] == 2
