"""Golden stores: tiny workspaces made by each release, which every later one opens.

``python -m vespera_testkit.golden PROVIDER FOLDER`` makes one with what is installed, for a plugin author's own store:
``FOLDER/VERSION`` then holds the workspace, packed, and what it says. A suite finds them by its attribute `golden`.
"""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from vespera_core.app.application import Vespera, init_workspace
from vespera_core.model.query import EventQuery, TaskQuery

PACKED: Final = "workspace.tar.xz"
EXPECTED: Final = "expected.json"
FIELDS: Final = (
    "title", "description", "type", "status", "priority", "project_id", "parent_id", "assignee", "acceptance_criteria",
    "notes", "tags", "metadata", "due_at", "defer_until", "estimate_minutes", "created_at", "created_by", "closed_at",
    "close_reason", "hold_kind", "lease_owner", "fence", "version", "deleted_at",
)  # fmt: skip
"""What a golden store is asked of each task: fields that have been there from the first release on."""


def fill(ledger: Vespera) -> None:
    """Something of everything that a store keeps."""
    tasks = ledger.tasks
    ledger.projects.create("other", name="Another one")
    recipe = 'Flour,\nwater\tand "time".'
    tasks.create_task("Bake bread 🥖", task_id="g-1", description=recipe, tags=("oven", "daily"))
    tasks.create_task("Knead", task_id="g-2", parent_id="g-1", priority="high", estimate_minutes=15)
    tasks.create_task("Rise", task_id="g-3", parent_id="g-1", depends_on=("g-2",), metadata={"hours": [1, None, 2.5]})
    tasks.create_task("Sell", task_id="g-4", project_id="other", type="feature", relations=(("relates_to", "g-1"),))
    tasks.create_task("Eat", task_id="g-5", project_id="other", depends_on=("g-4",), notes="'; DROP TABLE task; --")
    tasks.create_task("Burn", task_id="g-6")
    tasks.comment("g-1", "smells good")
    tasks.claim("g-2")
    tasks.complete_task("g-2", reason="elastic")
    tasks.update_task("g-3", title="Let it rise", assignee="bob")
    tasks.delete_task("g-6")


def facts(ledger: Vespera) -> dict[str, Any]:
    """What the store says: tasks, relations, remarks, what is ready, how long the log is and where it ends."""
    with ledger.kernel.storage.read() as reader:
        rows = [*reader.select(TaskQuery(limit=0)).items, *reader.select(TaskQuery(limit=0, deleted=True)).items]
        events = list(reader.events(EventQuery()))
    told = {
        "tasks": {
            one.task_id: {
                **{name: getattr(one, name) for name in FIELDS},
                "relations": [[relation.kind, relation.target] for relation in one.relations],
            }
            for one in sorted(rows, key=lambda task: task.task_id)
        },
        "ready": [one.task_id for one in ledger.tasks.ready().tasks],
        "events": [[one.kind, one.project_id, one.entity, one.hash] for one in events],
    }
    plain: dict[str, Any] = json.loads(json.dumps(told))
    return plain


def make(provider: str, target: Path) -> None:
    """Make a golden store with what is installed."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "workspace"
        place.mkdir()
        init_workspace(place, prefix="g", actor="ann", storage=provider)
        with Vespera.open(place, actor="ann", storage=provider) as ledger:
            fill(ledger)
            told = facts(ledger)
        target.mkdir(parents=True)
        with tarfile.open(target / PACKED, "w:xz") as packed:
            packed.add(place, arcname=".", filter=_anonymous)
    text = json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True)
    (target / EXPECTED).write_text(f"{text}\n", encoding="utf-8")


def unpack(golden: Path, folder: Path) -> dict[str, Any]:
    """Put a golden workspace into a folder; answers what it is expected to say."""
    with tarfile.open(golden / PACKED) as packed:
        packed.extractall(folder, filter="data")
    expected: dict[str, Any] = json.loads((golden / EXPECTED).read_text(encoding="utf-8"))
    return expected


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Nothing of the person who made it; locks and the like are left out."""
    if entry.name.endswith((".lock", "-shm", "-wal")):
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def main(words: list[str]) -> int:
    """Make one, under the version of the core; 2 where the words are not understood."""
    from vespera_core import __version__

    if len(words) != 2:
        sys.stderr.write("usage: python -m vespera_testkit.golden PROVIDER FOLDER\n")
        return 2
    target = Path(words[1]) / __version__
    if target.exists():
        sys.stderr.write(f"{target} is there already: a golden store is made once, by its release.\n")
        return 2
    make(words[0], target)
    sys.stdout.write(f"{target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
