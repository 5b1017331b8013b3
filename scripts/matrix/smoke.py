"""The main job, done by the real commands of an environment in an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any, Final

from rows import Row

TREE: Final = {
    "title": "Open the bakery", "task_id": "web-open", "children": [
        {"title": "Bake bread", "task_id": "web-bake", "description": "Rye and wheat."},
        {"title": "Sell loaves", "task_id": "web-sell", "depends_on": ["web-bake"]},
    ],
}  # fmt: skip
HELLO: Final = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "matrix", "version": "1"}}
PATIENCE: Final = 120
"""Seconds for what should take a few, on a busy machine."""
ROUNDS: Final = 5
NOISE: Final = ("Warning", "Traceback")
"""What nobody who types a command should read, whatever releases are installed."""
SUITE: Final = """
from vespera_testkit import GraphConformance, PluginConformance


class TestMemory(GraphConformance):
    provider = "memory"


class TestSql(PluginConformance):
    plugin = "sql"
"""


class Failed(Exception):
    """A command did not do what it should; the text says which, and what it said."""


def said(command: list[str], done: subprocess.CompletedProcess[str]) -> str:
    """A command that failed, with what it wrote."""
    return f"$ {' '.join(command)}\n{done.stdout}{done.stderr}exit {done.returncode}"


class Workplace:
    """The commands of an environment, run in a folder of their own."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        folder.mkdir()
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        path = f"{programs}:{os.environ['PATH']}"
        self.environment = {**kept, "PATH": path, "LOGNAME": "ann", "XDG_CACHE_HOME": str(folder / "cache")}

    def __call__(self, *words: str, code: int = 0) -> Any:
        """Run a command of vespera; answers its data."""
        command = [str(self.programs / "vespera"), "--json", *words]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=PATIENCE,
            check=False,
        )  # fmt: skip
        if done.returncode != code or any(one in done.stderr for one in NOISE):
            raise Failed(said(command, done))
        return json.loads(done.stdout).get("data") if done.stdout else json.loads(done.stderr)["error"]

    @contextmanager
    def start(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """One that goes on until the block ends, or until nobody should wait for it any longer."""
        errors = self.folder / "started.log"
        with errors.open("w") as log, subprocess.Popen(
            [str(self.programs / "vespera"), *words], cwd=self.folder, env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        ) as server:  # fmt: skip
            limit = Timer(PATIENCE, server.kill)
            limit.start()
            try:
                yield server
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                raise Failed(f"$ vespera {' '.join(words)}\n{error}\n{errors.read_text()}") from error
            finally:
                limit.cancel()
                server.kill()


def expect(what: str, found: Any, wanted: Any) -> None:
    """Compare, in words that name the step."""
    if found != wanted:
        raise Failed(f"{what}: found {found!r}, and not {wanted!r}")


def smoke(vespera: Workplace, row: Row) -> list[str]:
    """Everything that the composition can do; answers what was shown."""
    return [word for step in (plugins, work, found, indexes, served, spoken, proven) for word in step(vespera, row)]


def plugins(vespera: Workplace, row: Row) -> Iterator[str]:
    """Every plugin is loaded, and none is there that was not installed."""
    there = vespera("plugins", "check")["plugins"]
    ours = {*row.distributions, *row.bare} - {"vespera-testkit"}
    expect("plugins", {one["distribution"] for one in there}, ours)
    expect("their status", {one["status"] for one in there}, {"loaded"})
    yield f"{len(there)} plugins"


def work(vespera: Workplace, _row: Row) -> Iterator[str]:
    """From an empty folder to a closed task, and out again."""
    vespera("init", "--prefix", "web")
    vespera("call", "task.create_many", "--input", json.dumps({"tasks": [TREE]}))
    expect("ready", [one["task_id"] for one in vespera("ready")["tasks"]], ["web-bake"])
    expect("claim", vespera("claim")["task"]["task_id"], "web-bake")
    expect("refused", vespera("complete", "web-sell", code=1)["code"], "not_ready")
    vespera("complete", "web-bake")
    expect("unblocked", [one["task_id"] for one in vespera("ready")["tasks"]], ["web-sell"])
    expect("healthy", vespera("doctor")["healthy"], True)
    expect("exported", vespera("export", "--format", "jsonl", "-o", "out.jsonl")["tasks"], 3)
    yield "work"


def found(vespera: Workplace, row: Row) -> Iterator[str]:
    """By words, by meaning, and along the dependencies."""
    answered(vespera)
    yield "search"
    if row.bare:
        vespera("config", "set", "embedder", "sentence-transformers")
        told = vespera("search", "--mode", "hybrid", "bread")
        expect("without its model", told["degraded"], True)
        if "sentence-transformers" not in str(told["reason"]):
            raise Failed(f"nothing says what is missing: {told['reason']}")
        vespera("config", "set", "embedder", "static")
        yield "a model that is not there is named"


def answered(vespera: Workplace) -> None:
    """The same questions have the same answers, whichever engine is configured."""
    for mode in ("text", "semantic"):
        hits = vespera("search", "--mode", mode, "bread", "rye")
        expect(mode, (hits["tasks"][0]["task_id"], hits["degraded"]), ("web-bake", False))
    path = vespera("graph", "critical-path")
    expect("path", ([one["task_id"] for one in path["tasks"]], path["stand_in_reason"]), (["web-sell"], None))


def feed(vespera: Workplace, index: str) -> None:
    """Host the services until they have fed an index; a slow machine is still loading when its time is over."""
    for _ in range(ROUNDS):
        there = {one["index"]: one for one in vespera("services", "run", "--for", "3s")["indexes"]}
        if index in there and there[index]["behind"] == 0:
            return
    raise Failed(f"the services have not fed {index}: {there}")


def indexes(vespera: Workplace, row: Row) -> Iterator[str]:
    """The optional engines are fed, made anew, and answer."""
    for kind, name in (("vectors", "chroma"), ("graph", "kuzu")):
        if f"vespera-{name}" not in row.plugins:
            continue
        vespera("config", "set", kind, name)
        feed(vespera, f"{kind}/{name}")
        made = [one["tasks"] for one in vespera("rebuild", kind)["rebuilt"]]
        expect(f"rebuild {kind}", made, [3])
        answers = {one["kind"]: (one["answers"], one["reason"]) for one in vespera("services", "status")["engines"]}
        expect(f"who answers for {kind}", answers[kind], (name, ""))
        levels = {one["check"]: one["severity"] for one in vespera("doctor")["findings"]}
        expect(f"doctor of {name}", levels.get(f"index {kind}/{name}"), "ok")
        answered(vespera)
        yield name
    if "vespera-kuzu" in row.plugins:
        rows = vespera("graph", "query", "MATCH (t:Task) RETURN count(*)")["rows"]
        expect("cypher", rows, [[3]])


def served(vespera: Workplace, row: Row) -> Iterator[str]:
    """The server comes up, answers, and ends when it is asked to."""
    if "vespera-api" not in row.plugins:
        return
    with vespera.start("--json", "serve", "--port", "0") as server:
        line = server.stdout.readline() if server.stdout else ""
        url = json.loads(line)["data"]["url"]
        with urllib.request.urlopen(f"{url}/api/v1/tasks/web-bake", timeout=60) as answer:
            expect("REST", json.load(answer)["task"]["status"], "completed")
        server.terminate()
        expect("the end of the server", server.wait(60), 0)
    yield "REST"


def spoken(vespera: Workplace, row: Row) -> Iterator[str]:
    """A client of MCP over stdio is greeted, told the tools, and answered."""
    if "vespera-mcp" not in row.plugins:
        return
    call = {"name": "get_task", "arguments": {"task_id": "web-bake"}}
    asked = [("initialize", HELLO), ("tools/list", {}), ("tools/call", call)]
    lines = [json.dumps({"jsonrpc": "2.0", "id": at, "method": one, "params": given})
             for at, (one, given) in enumerate(asked)]  # fmt: skip
    lines.insert(1, json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
    with vespera.start("mcp") as server:
        if server.stdin is None or server.stdout is None:
            raise Failed("vespera mcp has no pipes")
        server.stdin.write("\n".join(lines) + "\n")
        server.stdin.flush()
        answers = {one["id"]: one.get("result") for one in (json.loads(server.stdout.readline()) for _ in asked)}
        server.stdin.close()
        expect("the end of the server", server.wait(60), 0)
    expect("tools", len(answers[1]["tools"]) > 10, True)
    expect("get_task", "Bake bread" in answers[2]["content"][0]["text"], True)
    yield "MCP"


def proven(vespera: Workplace, row: Row) -> Iterator[str]:
    """The conformance kit is a plugin of pytest, and proves what is there."""
    if "vespera-testkit" not in row.plugins:
        return
    suite = vespera.folder / "test_conformance.py"
    suite.write_text(SUITE, encoding="utf-8")
    command = [str(vespera.programs / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(suite)]
    done = subprocess.run(
        command, cwd=vespera.folder, env=vespera.environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or "graph memory (vespera-core" not in done.stdout:
        raise Failed(said(command, done))
    yield "kit"
