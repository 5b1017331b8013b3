"""The guard: a decision in process, and the hook that an agent's client runs before every edit, as a whole process.

The role has a hundred patterns of files. Its compiled form is kept before anything is measured, as it is in use.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measure import Figure, Pairs, Sizes, Target, calls_in_turns, child_cost
from bench.process import NOTHING, VESPERA, _environment
from bench.stores import Stores
from vespera_core.app.guard.decision import Guard
from vespera_core.app.guard.patterns import compile_role
from vespera_core.app.guard.root import Root
from vespera_core.app.roles import kept
from vespera_core.model.role import Patterns, RoleDefinition

ROLE = "bench-coder"
FILE = "src/package/module/file.py"
ALLOW = (*(f"lib{one}/**/*.py" for one in range(49)), "src/**")
DENY = tuple(f"secret{one}/" for one in range(50))
SETTLE = 2.2


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family."""
    folder = _workspace(stores)
    yield _decision(sizes, folder)
    yield _hook(sizes, stores, folder)


def _workspace(stores: Stores) -> Path:
    """A workspace with the role and a file to edit."""
    folder = stores.fresh()
    file = folder / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    roles = folder / ".vespera" / "roles"
    roles.mkdir(exist_ok=True)
    rules = {"allow": ALLOW, "deny": DENY}
    (roles / f"{ROLE}.yaml").write_text(json.dumps({"name": ROLE, "files": {"edit": rules}}), encoding="utf-8")
    return folder


def _decision(sizes: Sizes, folder: Path) -> Figure:
    """Wall time of one decision, in milliseconds: the limit of 0.1 is a hundred microseconds."""
    guard = Guard(compile_role(RoleDefinition(name=ROLE, edit=Patterns(ALLOW, DENY))), Root(folder))
    path = str(folder / FILE)

    def decide() -> None:
        assert guard.path(path, "edit").allowed

    pairs = calls_in_turns(decide, Path(path).stat, sizes.calls * 10)
    return Figure("guard decision, 100 patterns", pairs, Target("ours", 0.1), "one stat")


def _hook(sizes: Sizes, stores: Stores, folder: Path) -> Figure:
    environment = _environment(stores)
    message = json.dumps({
        "session_id": "bench", "cwd": str(folder), "hook_event_name": "PreToolUse", "tool_name": "Edit",
        "tool_input": {"file_path": str(folder / FILE), "old_string": "a", "new_string": "b"},
    })  # fmt: skip
    command = ("sh", "-c", f"exec {VESPERA} guard hook claude-code --role {ROLE} < message.json")
    (folder / "message.json").write_text(message, encoding="utf-8")
    _warm(command, folder, environment)
    pairs = Pairs()
    for _ in range(sizes.process_rounds):
        pairs.ours.append(child_cost(command, folder, environment))
        pairs.raw.append(child_cost(NOTHING, folder, environment))
    return Figure("vespera guard hook", pairs, Target("ours / raw", 8, by="cpu"), "python3 -c pass")


def _warm(command: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
    """Run it until the compiled role is kept: nothing is, while what it comes from changed a moment ago."""
    time.sleep(SETTLE)
    for _ in range(2):
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    assert any((folder / ".vespera" / kept.FOLDER).iterdir()), "the compiled role was not kept"
