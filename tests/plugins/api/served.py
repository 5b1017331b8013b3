"""A server as a process of its own, with callers of every standing, for tests that come over the wire."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from plugins.api.access.conftest import token_of
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import CreateProject
from vespera_core.model.role import CAPABILITIES

MAIN = "import sys; from vespera_core.cli.main import main; sys.exit(main())"
READER = ("task_reading", "project_reading", "event_reading", "role_reading", "search", "graph_analysis")
WRITER = (*READER, "task_creation", "task_modification", "task_deletion", "task_claiming", "run_management")
CALLERS = {"reader": ("agent", READER), "writer": ("agent", WRITER), "admin": ("person", ("*",))}
_UNLIMITED = "".join(f'limit_{one} = ""\n' for one in ("reads", "writes", "searches", "analyses", "sign_ins"))


@dataclass(frozen=True)
class Served:
    """A running server: where it is, its workspace, the tokens of callers by name, and what it writes to stderr."""

    url: str
    folder: Path
    tokens: dict[str, str]
    errors: Path

    def complaints(self) -> str:
        """What the server itself had to say, which is nothing where all is well."""
        return self.errors.read_text(encoding="utf-8")


def made(folder: Path) -> dict[str, str]:
    """A workspace with two projects, two roles and callers of every standing; answers their tokens."""
    init_workspace(folder, prefix="web", actor="ann")
    roles = folder / ".vespera" / "roles"
    roles.mkdir()
    (roles / "viewer.yaml").write_text("capabilities: [documentation]\n")
    (roles / "implementer.yaml").write_text(f"capabilities: [{', '.join(CAPABILITIES)}]\n")
    with (folder / ".vespera" / "config.toml").open("a") as config:
        config.write(f"\n[transport.rest]\n{_UNLIMITED}")
    with Vespera.open(folder, actor="ann") as ledger:
        ledger.call("project.create", CreateProject(project_id="lab"))
        first = ledger.tasks.create_task("Write the release notes", role="implementer", estimate_minutes=60)
        ledger.tasks.create_task("Publish the release", depends_on=[first.task_id])
        for name, (kind, grants) in CALLERS.items():
            ledger.access.add_principal(name, kind=kind)
            for one in grants:
                ledger.access.grant(name, one)
        return {name: token_of(ledger, name) for name in CALLERS}


@contextmanager
def serving(
    folder: Path, *words: str, tokens: dict[str, str] | None = None, environment: dict[str, str] | None = None
) -> Iterator[Served]:
    """Serve a workspace at a free port, until the block ends."""
    errors = folder / "server.log"
    with errors.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, "-C", folder, "serve", "--port", "0", "--no-services", "--json", *words],
            stdout=subprocess.PIPE, stderr=log, text=True, env=environment,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, errors.read_text()
        yield Served(json.loads(line)["data"]["url"], folder, tokens or {}, errors)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()
