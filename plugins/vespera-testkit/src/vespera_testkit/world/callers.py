"""A workspace that is called from outside: who may call, what they are granted, and what they ask for."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Final, NamedTuple

from vespera_core.app.application import Vespera
from vespera_core.app.inputs import hints_of, request_of
from vespera_core.app.workspace import FOLDER
from vespera_core.errors import VesperaError
from vespera_core.model.role import CAPABILITIES
from vespera_core.ports.access import Caller
from vespera_core.ports.operation import resolve
from vespera_testkit.world.furnishing import furnish

READER: Final = ("task_reading", "project_reading", "event_reading", "role_reading", "search", "graph_analysis")
WRITER: Final = (*READER, "task_creation", "task_modification", "task_deletion", "task_claiming", "run_management")
GRANTS: Final = {
    "owner": ("person", ("*",)), "reader": ("agent", READER), "writer": ("agent", WRITER), "idle": ("agent", ()),
    "member": ("agent", ()),
}  # fmt: skip
"""Who may call, of which kind, and what they are granted; the member works in the project `two` alone, as a maker."""

ROLES: Final = {
    "viewer": "capabilities: [documentation]\n",
    "maker": f"capabilities: [{', '.join(CAPABILITIES)}]\n",
}

WHO: Final[tuple[tuple[str, str | None], ...]] = (
    ("owner", None), ("reader", None), ("writer", None), ("idle", None), ("member", None), ("member", "maker"),
    ("owner", "viewer"), ("writer", "viewer"), ("writer", "maker"),
)  # fmt: skip
"""Actors, and the roles that they work in."""


class Asked(NamedTuple):
    """An operation, and its input as JSON."""

    operation: str
    given: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.operation} {dict(self.given)}"


JUDGED: Final = (
    Asked("task.get", {"task_id": "t-02"}), Asked("task.get", {"task_id": "e-1"}), Asked("task.list", {}),
    Asked("task.comment", {"task_id": "t-02", "text": "x"}), Asked("task.comment", {"task_id": "e-1", "text": "x"}),
    Asked("task.create", {"title": "New", "project_id": "mem"}),
    Asked("task.create", {"title": "New", "project_id": "two"}),
    Asked("task.update", {"task_ids": ["t-02"], "notes": "Noted."}), Asked("project.list", {}),
    Asked("project.update", {"project_id": "two", "name": "Another"}), Asked("role.list", {}),
    Asked("event.list", {}), Asked("grant.list", {}), Asked("system.stats", {}),
    Asked("role.assign", {"task_id": "t-02", "role": "maker"}),
)  # fmt: skip
"""What can be asked again and again, and is not for everybody."""

WRONG: Final = (
    Asked("task.get", {}), Asked("task.get", {"task_id": "t-none"}), Asked("task.create", {}),
    Asked("task.create", {"title": ""}), Asked("task.create", {"title": 7}),
    Asked("task.create", {"title": "x", "colour": "red"}), Asked("task.create", {"title": "x", "task_id": "t-02"}),
    Asked("task.create", {"title": "x", "depends_on": ["t-none"]}),
    Asked("task.create", {"title": "x", "priority": "soonish"}), Asked("task.create", {"title": "x", "role": "nobody"}),
    Asked("task.create", {"title": "x", "due_at": "yesterday"}),
    Asked("task.create", {"title": "x", "project_id": "nowhere"}),
    Asked("task.update", {"task_ids": ["t-02"], "title": "y", "expected_version": 99}),
    Asked("task.update", {"task_ids": ["t-02"], "parent_id": "t-02"}),
    Asked("task.claim", {"task_id": "t-04"}), Asked("task.claim", {"task_id": "t-05"}),
    Asked("task.claim", {"lease_seconds": -1}), Asked("task.heartbeat", {"task_id": "t-05", "fence": 99}),
    Asked("task.checkpoint", {"task_id": "t-02", "state": []}), Asked("task.complete", {"task_ids": ["t-10"]}),
    Asked("task.comment", {"task_id": "t-02", "text": ""}), Asked("task.delete", {"task_id": "t-00"}),
    Asked("relation.add", {"source": "t-03", "target": "t-04"}),
    Asked("relation.add", {"source": "t-03", "target": "t-none"}), Asked("task.list", {"limit": "many"}),
    Asked("task.list", {"sort": "colour"}), Asked("task.list", {"cursor": "nonsense"}),
    Asked("task.search", {"text": "x", "mode": "dreams"}), Asked("role.get", {"role": "nobody"}),
    Asked("project.get", {"project_id": "nowhere"}), Asked("event.undo", {"event": "999999"}),
)  # fmt: skip
"""What is refused to whoever may do everything, and why is told by a code."""

SAMPLES: Final[dict[str, Any]] = {
    "task_id": "t-02", "task_ids": ["t-02"], "source": "t-02", "target": "t-03", "first": "t-02", "second": "t-03",
    "project_id": "mem", "role": "viewer", "event": "1", "principal": "idle", "action": "search",
    "tasks": [{"title": "x"}], "kind": "relates_to", "format": "jsonl", "names": ["health"], "dry_run": True,
}  # fmt: skip
"""What fields are filled with, where their type alone does not say."""


def make_called(template: Path, folder: Path) -> Path:
    """A furnished workspace in which everybody of `GRANTS` is known, at the present time: so servers see it."""
    shutil.copytree(template, folder)
    (roles := folder / FOLDER / "roles").mkdir()
    with Vespera.open(folder, actor="ann") as ledger:
        furnish(ledger)
        for name, (kind, words) in GRANTS.items():
            ledger.access.add_principal(name, kind=kind)
            for word in words:
                ledger.access.grant(name, word)
        for name, text in ROLES.items():
            (roles / f"{name}.yaml").write_text(text, encoding="utf-8")
        ledger.access.add_member("member", "maker", project_id="two")
    return folder


def code_of(ledger: Vespera, asked: Asked, actor: str, role: str | None, origin: str) -> str | None:
    """The code by which a direct call is refused, for a caller who came from somewhere; None where it is not."""
    operation = ledger.kernel.operations[asked.operation]
    try:
        request = request_of(resolve(operation.input), dict(asked.given))
        ledger.kernel.run(asked.operation, request, Caller(actor=actor, role=role, origin=origin))
    except VesperaError as error:
        return error.code
    return None


def samples_of(operation: str, kind: type) -> tuple[Asked, Asked]:
    """The least that an operation takes, and that with what it is about, where this can be named."""
    hints = hints_of(kind)
    needed = [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]
    least = {name: SAMPLES.get(name, _plain(hints[name])) for name in needed}
    more = {name: SAMPLES[name] for name in ("dry_run", "names", "project_id") if name in hints}
    return Asked(operation, least), Asked(operation, least | more)


def _plain(hint: Any) -> Any:
    shapes: dict[Any, Any] = {int: 1, float: 1.0, bool: False, dict: {}, tuple: [], list: []}
    return shapes.get(getattr(hint, "__origin__", hint), "x")
