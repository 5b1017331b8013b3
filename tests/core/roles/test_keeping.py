"""The kept catalogue: used by the next process, and only while nothing that it comes from has changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.roles.conftest import write
from vespera_core.app.roles import kept
from vespera_core.app.roles.keeping import NAME

ASK = """
import json, sys
from vespera_core.app.application import Vespera
from vespera_core.app.roles import kept
kept._SETTLE_NS = 0
with Vespera.open(sys.argv[1], actor="ann") as ledger:
    found = ledger.roles.list()
names = {one.name: one.max_concurrent_tasks for one in found.roles}
print(json.dumps([names, [one.text for one in found.problems], found.in_force, "yaml" in sys.modules]))
"""
ROLE = "name: dev\nmax_concurrent_tasks: {}\nfiles: {{edit: {{allow: ['src/**']}}}}\n"


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", ASK, str(folder)], stdout=subprocess.PIPE, text=True)


def asked(folder: Path) -> list[Any]:
    said, _ = start(folder).communicate(timeout=60)
    found: list[Any] = json.loads(said)
    return found


@pytest.fixture
def filled(folder: Path) -> Path:
    """A workspace whose catalogue has been read once, and a role file that cannot be used."""
    write(folder, "dev", ROLE.format(2))
    write(folder, "bad", "nmae: x\n")
    assert asked(folder)[3] is True
    return folder


def file_of(folder: Path) -> Path:
    return Path(kept._path(str(folder / ".vespera"), NAME))


def test_the_next_process_reads_no_yaml_and_knows_the_same(filled: Path) -> None:
    file_of(filled).unlink()
    first, second = asked(filled), asked(filled)
    assert first[:3] == second[:3]
    assert first[0]["dev"] == 2
    assert "bad.yaml, line 1: nmae is no field of a role" in first[1][0]
    assert (first[3], second[3]) == (True, False)


@pytest.mark.parametrize("change", ["changed", "added", "removed", "chosen"])
def test_a_change_is_seen_by_the_next_process(filled: Path, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    roles = filled / ".vespera" / "roles"
    if change == "changed":
        write(filled, "dev", ROLE.format(3))
        assert asked(filled)[0]["dev"] == 3
    elif change == "added":
        write(filled, "more", "tags: [x]\n")
        assert "more" in asked(filled)[0]
    elif change == "removed":
        (roles / "dev.yaml").unlink()
        assert "dev" not in asked(filled)[0]
    else:
        monkeypatch.setenv("VESPERA_ROLES", "nowhere")
        assert any("nowhere" in one for one in asked(filled)[1])


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"surroundings": 1}', "roles", "names", "shape", "offer"], ids=repr
)
def test_what_is_damaged_is_read_anew(filled: Path, text: str) -> None:
    good = json.loads(file_of(filled).read_text())
    wrong = {
        "roles": {"roles": [{"name": "dev", "no_such": 1}]}, "names": {"roles": [{}]}, "shape": {"roles": 5},
        "offer": {"offer": None},
    }  # fmt: skip
    if text in wrong:
        good["compiled"] |= wrong[text]
        text = json.dumps(good)
    file_of(filled).write_text(text)
    names, _, in_force, read = asked(filled)
    assert (names["dev"], in_force, read) == (2, True, True)


def test_many_processes_at_once_know_the_same(filled: Path) -> None:
    file_of(filled).unlink()
    said = [json.loads(one.communicate(timeout=120)[0])[:3] for one in [start(filled) for _ in range(6)]]
    assert all(one == said[0] for one in said)
    assert asked(filled)[3] is False
    assert [one.name for one in file_of(filled).parent.iterdir()] == [file_of(filled).name]


def test_what_changed_while_it_was_read_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(folder, "dev", ROLE.format(2))
    changed = path.stat().st_mtime_ns
    monkeypatch.setattr(kept, "_SETTLE_NS", 0)
    assert not kept.write(str(folder / ".vespera"), NAME, {"role": NAME}, (), began=changed - 1)
