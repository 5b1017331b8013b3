"""`services`, `rebuild` and `doctor --repair` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from projecting.site import Workspaces, add
from vespera_core.cli.main import main


class Shell:
    """Commands in one workspace."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str]:
        code = main([*words, "-C", str(self.folder)])
        said = self._capsys.readouterr()
        return code, said.out + said.err

    def data(self, *words: str) -> Any:
        code, said = self(*words, "--json")
        assert code == 0, said
        return json.loads(said)["data"]


@pytest.fixture
def shell(spaces: Workspaces, capsys: pytest.CaptureFixture[str]) -> Shell:
    ledger = spaces.open()
    add(ledger, "One", "Two")
    ledger.close()
    assert ledger.folder is not None
    return Shell(ledger.folder.parent, capsys)


def test_status_is_a_table_and_says_when_nobody_hosts(shell: Shell) -> None:
    code, said = shell("services", "status")
    assert code == 0
    assert said.startswith("SERVICE      STATUS   PID  LAST RUN  LAG  WHAT IT SAYS\nembedding    stopped")
    assert "No process hosts services now; 'vespera services run' does." in said
    data = shell.data("services", "status", "health")
    assert [one["name"] for one in data["services"]] == ["health"]
    assert shell("services", "status", "absent")[0] == 3


def test_run_for_a_while_does_the_work_and_ends(shell: Shell) -> None:
    data = shell.data("services", "run", "--for", "3s")
    done = {one["name"]: one for one in data["services"]}
    assert {one["status"] for one in done.values()} == {"stopped"}
    assert done["embedding"]["last_run"] is not None
    assert done["vectors"]["text"] == "vectors/tiny g1"
    assert {one["index"]: one["behind"] for one in data["indexes"]} == {
        "vectors/tiny": 0,
        "projection/tiny": 0,
        "projection/apart": 0,
    }


def test_services_are_commanded_by_name_or_all_at_once(shell: Shell) -> None:
    assert shell("services", "stop")[0] == 2
    assert shell("services", "stop", "health", "--all")[0] == 2
    assert {one["wanted"] for one in shell.data("services", "stop", "--all")["services"]} == {False}
    assert [one["wanted"] for one in shell.data("services", "start", "health", "leases")["services"]] == [True, True]
    assert {one["wanted"] for one in shell.data("services", "restart", "--all")["services"]} == {True}


def test_settings_are_shown_and_changed(shell: Shell) -> None:
    assert shell("services", "configure", "leases")[1] == (
        "leases\n  batch_size     100\n  grace_seconds  3600\n  interval       60.0\n"
    )
    data = shell.data("services", "configure", "leases", "grace_seconds=60", "interval=5")
    assert data["services"][0]["settings"] == {"interval": 5.0, "grace_seconds": 60, "batch_size": 100}
    assert shell.data("services", "configure", "leases", "interval=")["services"][0]["settings"]["interval"] == 60.0
    code, said = shell("services", "configure", "leases", "grace=60")
    assert (code, "It knows: batch_size, grace_seconds, interval." in said) == (2, True)
    assert shell("services", "configure", "leases", "interval")[0] == 2


def test_rebuild_says_what_it_made(shell: Shell) -> None:
    code, said = shell("rebuild", "vectors")
    assert code == 0
    assert said.startswith("Made vectors/tiny anew: generation 1, 2 tasks, ")
    data = shell.data("rebuild")
    assert {one["index"] for one in data["rebuilt"]} == {"vectors/tiny", "projection/tiny", "projection/apart"}
    code, said = shell("rebuild", "absent")
    assert (code, "there are: vectors/tiny, projection/tiny, projection/apart" in said) == (3, True)
    code, said = shell("rebuild", "graph")
    assert (code, "answered from the store itself" in said) == (1, True)


def test_doctor_repairs_only_where_it_is_asked_to(shell: Shell) -> None:
    shell("rebuild")
    for path in shell.folder.glob(".vespera/vectors/tiny/g1/files/*"):
        path.write_bytes(b"garbage" * 100)
    code, said = shell("doctor")
    assert (code, "warning  index vectors/tiny" in said) == (0, True)
    assert "vespera rebuild" in said
    code, said = shell("doctor", "--repair")
    assert code == 0
    assert "Repaired: made vectors/tiny anew" in said
    assert "warning" not in said
    assert shell.data("doctor", "--repair")["repaired"] == []


def test_a_provider_that_is_not_installed_is_named_with_what_to_install(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VESPERA_VECTORS", "nowhere")
    code, said = shell("rebuild", "vectors")
    assert (code, "nowhere" in said) == (5, True)


def test_where_a_task_is(shell: Shell) -> None:
    shell("rebuild")
    (task_id,) = [one["task_id"] for one in shell.data("list")["tasks"] if one["title"] == "One"]
    found = shell.data("stores", task_id)
    assert (found["primary"], found["text"], found["indexes"]["vectors/tiny"]) == (1, 1, 1)
    code, said = shell("stores", task_id)
    assert code == 0
    assert "index vectors/tiny" in said
    assert "version 1" in said
    shell("delete", task_id)
    assert shell.data("stores", task_id)["text"] is None
