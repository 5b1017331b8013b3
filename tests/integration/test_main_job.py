"""The main job, through the console script: take a project in, see what is ready, claim, complete, and take it out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BAKERY = ROOT / "docs" / "examples" / "bakery" / "issues.jsonl"
DATA = ROOT.parent / "shared" / "data"
BEADS, TASKMASTER, BACKLOG = DATA / "beads-issues.jsonl", DATA / "taskmaster-tasks.json", DATA / "backlog-md"

REAL = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real projects are not at {DATA}"),
]
Type = Callable[..., Any]


def ids(page: dict[str, Any]) -> list[str]:
    return [task["task_id"] for task in page["tasks"]]


def ready_by_definition(path: Path) -> set[str]:
    """What is ready in a beads file, from the file and the definition alone.

    Ready is what is pending, waits for no open dependency, has no open child, and has nothing above it that is open and
    waits for an open dependency itself. Tombstones, and links to what is not in the file, do not count.
    """
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    rows = {row["id"]: row for row in lines if row["status"] != "tombstone"}
    opened = {one for one, row in rows.items() if row["status"] != "closed"}
    parent: dict[str, str] = {}
    blockers: dict[str, set[str]] = {one: set() for one in rows}
    for one, row in rows.items():
        for link in row.get("dependencies", []):
            target = link["depends_on_id"]
            if link["type"] == "parent-child" and target in rows:
                parent.setdefault(one, target)
            elif link["type"] == "blocks" and target in opened:
                blockers[one].add(target)
    waiting_parents = {parent[one] for one in opened if one in parent}

    def held_from_above(one: str) -> bool:
        above = parent.get(one)
        while above is not None:
            if above in opened and blockers[above]:
                return True
            above = parent.get(above)
        return False

    return {
        one
        for one in opened
        if rows[one]["status"] == "open"
        and not blockers[one]
        and one not in waiting_parents
        and not held_from_above(one)
    }


def test_from_import_to_the_last_task(vespera: Type, tmp_path: Path) -> None:
    vespera("init", "--prefix", "bake")
    taken = vespera("import", "beads", BAKERY)
    assert (taken["imported"], taken["relations"], taken["skipped_by"]) == (23, 36, {"tombstone": 1})
    assert set(ids(vespera("ready", "--limit", "0"))) == ready_by_definition(BAKERY)

    below = tmp_path / "src" / "deep"
    below.mkdir(parents=True)
    done = []
    for _ in range(3):
        claim = vespera("claim", "--actor", "ada", cwd=below)
        task, fence = claim["task"]["task_id"], str(claim["fence"])
        late = vespera("claim", task, "--actor", "bob", code=4)
        assert (late["code"], late["holder"]) == ("held", "ada")
        answer = vespera("complete", task, "--actor", "ada", "--fence", fence, "--reason", "baked")
        assert task not in answer["unblocked"]
        done.append(task)
    assert done[:2] == ["bake-a3", "bake-d1"]
    rest = [task["task_id"] for task in vespera("list", "--status", "open", "--limit", "0")["tasks"]]
    vespera("complete", *rest, "--force", "--actor", "ada")
    assert vespera("ready")["total"] == 0
    assert vespera("claim", "--actor", "ada") == {
        "task": None,
        "fence": None,
        "lease_until": None,
        "reclaimed_from": None,
    }
    assert vespera("doctor")["healthy"]


def test_what_is_exported_comes_in_again_with_the_same_digest(vespera: Type, tmp_path: Path) -> None:
    vespera("init", "--prefix", "bake")
    vespera("import", "beads", BAKERY)
    vespera("claim", "bake-a3", "--actor", "ada")
    vespera("comment", "bake-a3", 'Drop the old table; delete docs "now" \u2028 \U0001f35e')
    vespera("delete", "bake-f1")
    round_trip(vespera, tmp_path, trips=2)


def round_trip(vespera: Type, folder: Path, *, trips: int) -> None:
    """Export, import into an empty workspace, export again, as often as that, and back to the start: one digest."""
    first = vespera("export", "-o", folder / "first.jsonl")
    for number in range(trips):
        other = folder / f"other-{number}"
        vespera("init", other, "--prefix", "other")
        vespera("import", "jsonl", folder / "first.jsonl", cwd=other)
        again = vespera("export", "-o", folder / f"again-{number}.jsonl", cwd=other)
        assert (again["digest"], again["tasks"]) == (first["digest"], first["tasks"])
        (folder / f"again-{number}.jsonl").replace(folder / "first.jsonl")
    assert vespera("doctor", cwd=other)["healthy"]
    back = vespera("import", "jsonl", folder / "first.jsonl")
    assert (back["imported"], back["updated"]) == (0, 0), "what went round changes nothing where it came from"


@pytest.mark.parametrize("name", [pytest.param(BEADS, marks=REAL, id="beads")])
def test_a_real_beads_project(vespera: Type, tmp_path: Path, name: Path) -> None:
    vespera("init", "--prefix", "bd")
    taken = vespera("import", "beads", name)
    assert (taken["imported"], taken["unchanged"], taken["skipped_by"]) == (2295, 0, {"tombstone": 346})
    taken = vespera("import", "beads", name)
    assert (taken["imported"], taken["updated"], taken["unchanged"], taken["skipped"]) == (0, 0, 2295, 346)
    page = vespera("ready", "--limit", "0")
    assert set(ids(page)) == ready_by_definition(name)
    assert page["total"] == len(page["tasks"]) == 80
    claim = vespera("claim", "--actor", "ada")
    assert claim["task"]["task_id"] == ids(page)[0]
    vespera("complete", claim["task"]["task_id"], "--actor", "ada", "--fence", str(claim["fence"]))
    assert vespera("ready", "--limit", "1")["total"] == 79


@pytest.mark.parametrize("folder", [pytest.param(DATA, marks=REAL, id="three-projects")])
def test_three_real_projects_in_one_ledger(vespera: Type, tmp_path: Path, folder: Path) -> None:
    vespera("init", "--prefix", "all")
    for name, path, count in (("beads", BEADS, 2295), ("taskmaster", TASKMASTER, 1096), ("backlog", BACKLOG, 628)):
        assert vespera("import", name, path)["imported"] == count
    assert vespera("stats")["total"] == 2295 + 1096 + 628
    round_trip(vespera, tmp_path, trips=1)
