"""Record what Claude Code really sends to its hooks, and see that it obeys the guard. Needs npm, and no account::

    python scripts/hooks [FOLDER] [--version VERSION]

The client is installed into a temporary folder, with everything off that wants a network: a server on this machine
answers in place of the model and asks for the tools of a script. Beside the guard's own hook a second one keeps each
message. Names of this machine become ROOT and HOME. It ends with 1 where the client did what the guard refused.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from bisect import bisect
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from model import PROMPT, Model, Step

HERE: Final = Path(__file__).resolve().parent
OUT: Final = HERE.parents[1] / "tests" / "core" / "guard" / "recorded"
PACKAGE: Final = "@anthropic-ai/claude-code"
ROLE: Final = """\
description: Writes documents.
files:
  read: {deny: [docs/private/]}
  edit: {allow: ["docs/**"]}
tools: {deny: ["Web*", "mcp__*__erase"]}
"""
NOTEBOOK: Final = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'
FILES: Final = {
    "docs/a.md": "one\n", "docs/private/key": "secret\n", "src/x.py": "one = 1\n",
    "docs/n.ipynb": NOTEBOOK, "docs/private/n.ipynb": NOTEBOOK, "src/n.ipynb": NOTEBOOK,
}  # fmt: skip


def script(root: Path) -> list[Step]:
    """What the model asks for: each tool inside the role's limits, and outside of them."""
    cell = {"new_source": "1", "cell_type": "code", "edit_mode": "insert"}
    return [
        Step("Read", {"file_path": f"{root}/docs/a.md"}),
        Step("Edit", {"file_path": f"{root}/docs/a.md", "old_string": "one", "new_string": "two"}),
        Step("Read", {"file_path": f"{root}/src/x.py", "offset": 1, "limit": 5}),
        Step("Edit", {"file_path": f"{root}/src/x.py", "old_string": "one", "new_string": "two"}, False),
        Step("Edit", {"file_path": f"{root}/docs/../src/x.py", "old_string": "one", "new_string": "two"}, False),
        Step("Read", {"file_path": f"{root}/docs/private/key"}, False),
        Step("Write", {"file_path": f"{root}/docs/new/b.md", "content": "new\n"}),
        Step("Write", {"file_path": f"{root}/src/new.py", "content": "new\n"}, False),
        Step("Write", {"file_path": "src/relative.py", "content": "new\n"}, False),
        Step("Write", {"file_path": f"{root}/../outside.md", "content": "new\n"}, False),
        Step("MultiEdit", {"file_path": f"{root}/docs/a.md", "edits": [{"old_string": "two", "new_string": "two!"}]}),
        Step("MultiEdit", {"file_path": f"{root}/src/x.py", "edits": [{"old_string": "1", "new_string": "2"}]}, False),
        Step("LS", {"path": f"{root}/docs"}),
        Step("LS", {"path": f"{root}/docs/private"}, False),
        Step("NotebookRead", {"notebook_path": f"{root}/docs/n.ipynb"}),
        Step("NotebookRead", {"notebook_path": f"{root}/docs/private/n.ipynb"}, False),
        Step("Read", {"file_path": f"{root}/docs/n.ipynb"}),
        Step("NotebookEdit", {"notebook_path": f"{root}/docs/n.ipynb", **cell}),
        Step("Read", {"file_path": f"{root}/src/n.ipynb"}),
        Step("NotebookEdit", {"notebook_path": f"{root}/src/n.ipynb", **cell}, False),
        Step("Glob", {"pattern": "docs/*.md"}),
        Step("Glob", {"pattern": "*", "path": f"{root}/docs/private"}, False),
        Step("Grep", {"pattern": "one", "path": f"{root}/src", "output_mode": "content"}),
        Step("Grep", {"pattern": "secret", "path": f"{root}/docs/private"}, False),
        Step("Bash", {"command": "echo hello", "description": "Say hello"}),
        Step("Task", {"description": "Look", "prompt": "Look around.", "subagent_type": "general-purpose"}),
        Step("Agent", {"description": "Look", "prompt": "Look around.", "subagent_type": "general-purpose"}),
        Step("WebFetch", {"url": "https://example.invalid/", "prompt": "What is there?"}, False),
        Step("mcp__notes__note", {"file_path": "src/x.py"}),
    ]


def main() -> None:
    """Install, record, write down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="?", default=OUT)
    parser.add_argument("--version", default="latest", help="the client's version")
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="vespera-hooks-") as folder:
        place = Path(folder).resolve()
        client = installed(place / "client", chosen.version)
        recording = recorded(place, client)
    out = chosen.out / f"claude-code-{recording['client'].split()[0]}.json"
    out.write_text(laid_out(recording), encoding="utf-8")
    print(f"{len(recording['messages'])} messages of {recording['client']} are in {out}.")


def installed(folder: Path, version: str) -> Path:
    """The client's program, by npm; no script of the package is run."""
    npm = shutil.which("npm") or sys.exit("npm is not installed: it brings the client.")
    folder.mkdir()
    words = [
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        "--prefix",
        str(folder),
        f"{PACKAGE}@{version}",
    ]
    subprocess.run([npm, *words], check=True, stdout=subprocess.DEVNULL)
    package = folder / "node_modules" / PACKAGE
    return next(path for name in ("cli-wrapper.cjs", "cli.js") if (path := package / name).exists())


def recorded(place: Path, client: Path) -> dict[str, Any]:
    """Run the client once over the script; what it sent to the hooks, and what came of each step."""
    root, kept = place / "root", place / "kept"
    kept.mkdir()
    environment = surroundings(place)
    prepare(root, kept, environment)
    model = Model(script(root))
    ran(client, root, model.serve(), environment, model)
    messages = {bisect(model.moments, int(path.stem)) - 1: json.loads(path.read_bytes()) for path in kept.iterdir()}
    check(model, set(messages), root)
    rows = [row_of(model, at, messages[at]) for at in sorted(messages)]
    version = subprocess.run(
        ["node", client, "--version"], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    recording = {"client": version, "role": ROLE, "messages": rows}
    return neutral(recording, place, root, rows[0]["message"]["session_id"])


def surroundings(place: Path) -> dict[str, str]:
    """The environment of the client: a home of its own, no key, and nothing that wants a network."""
    (place / "home").mkdir()
    own = Path(sys.executable).parent
    return {
        "PATH": f"{own}{os.pathsep}{os.environ['PATH']}", "HOME": str(place / "home"), "LANG": "C.UTF-8",
        "VESPERA_ROLE": "writer", "ANTHROPIC_API_KEY": "none", "DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1",
        "DISABLE_ERROR_REPORTING": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "ENABLE_TOOL_SEARCH": "0",
    }  # fmt: skip


def prepare(root: Path, kept: Path, environment: dict[str, str]) -> None:
    """A repository with a ledger, a role, the guard's hook, and the one that keeps."""
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    for words in (["git", "init", "-q"], ["vespera", "init"]):
        subprocess.run(words, cwd=root, env=environment, check=True, stdout=subprocess.DEVNULL)
    (root / ".vespera" / "roles").mkdir(exist_ok=True)
    (root / ".vespera" / "roles" / "writer.yaml").write_text(ROLE, encoding="utf-8")
    keeping = f"{sys.executable} {HERE / 'keep.py'} {kept}"
    hooks = {"PreToolUse": [{"matcher": "*", "hooks": [{"type": "command", "command": keeping}]}]}
    (root / ".claude").mkdir()
    (root / ".claude" / "settings.json").write_text(json.dumps({"hooks": hooks}), encoding="utf-8")
    words = ["vespera", "guard", "install", "claude-code"]
    subprocess.run(words, cwd=root, env=environment, check=True, stdout=subprocess.DEVNULL)


def ran(client: Path, root: Path, address: str, environment: dict[str, str], model: Model) -> None:
    """The client, from its start to its end."""
    tools = sorted({step.tool for step in model.steps})
    servers = {"mcpServers": {"notes": {"command": sys.executable, "args": [str(HERE / "server.py")]}}}
    done = subprocess.run(
        [
            "node", client, "--print", PROMPT, "--output-format", "json", "--strict-mcp-config",
            "--mcp-config", json.dumps(servers), "--allowedTools", ",".join(tools),
        ],
        cwd=root, env={**environment, "ANTHROPIC_BASE_URL": address}, capture_output=True, text=True, timeout=300,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    if done.returncode or len(model.results) != len(model.steps):
        sys.exit(f"The client stopped after {len(model.results)} steps: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def check(model: Model, asked: set[int], root: Path) -> None:
    """End with 1 unless each refusal was obeyed, and nothing else refused. `asked`: steps before which hooks ran."""
    faults = [fault for at in range(len(model.steps)) if (fault := fault_of(model, at, at in asked))]
    changed = [name for name in ("src/x.py", "src/n.ipynb") if (root / name).read_text() != FILES[name]]
    made = [name for name in ("src/new.py", "src/relative.py", "../outside.md") if (root / name).exists()]
    if "two" not in (root / "docs/a.md").read_text() or not (root / "docs/new/b.md").exists():
        faults.append("What the role may do was not done.")
    faults += [f"{name} was written, though that was refused." for name in changed + made]
    if faults:
        sys.exit("\n".join(faults))


def fault_of(model: Model, at: int, asked: bool) -> str | None:
    """What went wrong with a step; None for nothing. What the client itself turned down is only told of."""
    step = model.steps[at]
    failed, said = model.results[step.id_at(at)]
    if failed and not asked:
        print(f"The client itself turned {step.tool} down: {said[:100]}")
        return None
    if not asked:
        return f"{step.tool} {step.asked}: it was done, and its hooks were not asked; the model was told {said[:300]!r}"
    refused = failed and "Vespera's guard: The role writer may not" in said
    as_due = not failed if step.allowed else refused
    return None if as_due else f"{step.tool} {step.asked}: the model was told {said[:300]!r}"


def row_of(model: Model, at: int, message: dict[str, Any]) -> dict[str, Any]:
    """A recorded message, the verdict, and what the model was told of the guard; None for nothing."""
    step = model.steps[at]
    told = re.search(r"Vespera's guard: [^\n]*", model.results[step.id_at(at)][1])
    return {"allowed": step.allowed, "told": told and told[0], "message": message}


def neutral(recording: dict[str, Any], place: Path, root: Path, session: str) -> dict[str, Any]:
    """Without the names of this machine, and the same for each recording."""
    text = json.dumps(recording)
    text = re.sub(r'("prompt_id": )"[^"]*"', r'\1"00000000-0000-4000-8000-000000000001"', text)
    slug = re.sub(r"[^a-zA-Z0-9]", "-", str(root))
    for name, word in (
        (str(root), "ROOT"), (str(place / "home"), "HOME"), (str(place), "PLACE"), (slug, "-ROOT"),
        (session, "00000000-0000-4000-8000-000000000000"),
    ):  # fmt: skip
        text = text.replace(name, word)
    neutralised: dict[str, Any] = json.loads(text)
    return neutralised


def laid_out(recording: dict[str, Any]) -> str:
    """One message a line."""
    rows = ",\n    ".join(json.dumps(row) for row in recording["messages"])
    head = "".join(f"  {json.dumps(name)}: {json.dumps(recording[name])},\n" for name in ("client", "role"))
    return f'{{\n{head}  "messages": [\n    {rows}\n  ]\n}}\n'


if __name__ == "__main__":
    main()
