"""Sensitive metadata: sealed before anything sees it, shown to nobody by the way, forgotten when it is replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from planting import planted
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import (
    BackupFile,
    CreateProject,
    CreateTask,
    CreateTasks,
    ExportFile,
    History,
    ImportFile,
    Nothing,
    PlannedTask,
    ReadyTasks,
    TaskRef,
    UndoEvent,
    UpdateTasks,
)
from vespera_core.app.vault.requests import RevealTask
from vespera_core.errors import (
    IdempotencyMismatch,
    InvalidImport,
    InvalidInput,
    NotFound,
    NotUndoable,
    PermissionDenied,
    PluginFault,
)
from vespera_core.model.public import public
from vespera_core.model.sensitive import KEPT, ref_of
from vespera_core.model.task import Task
from vespera_core.plugins.manager import Plugins

SECRET = {"iban": "DE-89370400-PLANTED", "names": ["Zoë", None, 1.5, {"deep": True}]}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Vespera]:
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as opened:
        yield opened


@pytest.fixture
def task(ledger: Vespera) -> Task:
    return ledger.tasks.create_task("Pay", metadata={"x": 1, "sensitive": SECRET})


def revealed(ledger: Vespera, task: Task) -> Any:
    return ledger.call("task.reveal", RevealTask(task_id=task.task_id)).sensitive


def updated(ledger: Vespera, task: Task, metadata: dict[str, Any]) -> Task:
    found: Task = ledger.call("task.update", UpdateTasks(task_ids=(task.task_id,), metadata=metadata)).tasks[0]
    return found


def refs(ledger: Vespera) -> set[str]:
    with ledger.kernel.storage.read() as reader:
        return set(ledger.kernel.vault.own(reader.secrets()))


def test_what_is_sealed_comes_back_as_it_was(ledger: Vespera, task: Task) -> None:
    assert revealed(ledger, task) == SECRET
    assert json.dumps(revealed(ledger, task), sort_keys=True) == json.dumps(SECRET, sort_keys=True)


def test_everything_else_says_that_it_is_there_and_no_more(ledger: Vespera, task: Task, tmp_path: Path) -> None:
    assert public(ledger.tasks.get_task(task.task_id))["metadata"] == {"x": 1, "sensitive": KEPT}
    answers = [
        ledger.call("task.get", TaskRef(task_id=task.task_id)),
        ledger.call("event.list", History()),
        ledger.search("DE-89370400-PLANTED iban"),
    ]
    assert "PLANTED" not in json.dumps([public(one) for one in answers[:2]])
    assert "iban" not in json.dumps([public(one) for one in answers[:2]])
    assert answers[2].total == 0
    ledger.close()
    assert planted(tmp_path, "PLANTED", "iban", "Zoë") == []


def test_a_tree_is_sealed_at_every_depth(ledger: Vespera) -> None:
    plan = PlannedTask(
        title="Top",
        metadata={"sensitive": {"n": 1}},
        children=(PlannedTask(title="Child", children=(PlannedTask(title="Leaf", metadata={"sensitive": {"n": 3}}),)),),
    )
    tasks = ledger.call("task.create_many", CreateTasks(tasks=(plan,))).tasks
    by_title = {one.title: one for one in tasks}
    assert revealed(ledger, by_title["Top"]) == {"n": 1}
    assert revealed(ledger, by_title["Leaf"]) == {"n": 3}
    assert "sensitive" not in by_title["Child"].metadata


def test_equal_maps_have_different_references(ledger: Vespera) -> None:
    one, other = (ledger.tasks.create_task("x", metadata={"sensitive": SECRET}) for _ in range(2))
    assert ref_of(one.metadata) != ref_of(other.metadata)


def test_what_was_read_may_be_sent_back(ledger: Vespera, task: Task) -> None:
    shown = public(ledger.tasks.get_task(task.task_id))["metadata"]
    kept = updated(ledger, task, {**shown, "x": 2})
    assert kept.metadata["x"] == 2
    assert revealed(ledger, task) == SECRET
    assert updated(ledger, task, kept.metadata).version == kept.version


def test_a_new_map_takes_the_place_of_the_old_one_which_is_forgotten(ledger: Vespera, task: Task) -> None:
    new = updated(ledger, task, {"sensitive": {"n": 2}})
    assert revealed(ledger, task) == {"n": 2}
    assert refs(ledger) == {ref_of(new.metadata)}


@pytest.mark.parametrize("metadata", [{}, {"sensitive": None}, {"x": 1}])
def test_without_it_it_is_forgotten(ledger: Vespera, task: Task, metadata: dict[str, Any]) -> None:
    assert "sensitive" not in updated(ledger, task, metadata).metadata
    assert refs(ledger) == set()
    with pytest.raises(NotFound, match="has no sensitive metadata"):
        revealed(ledger, task)


def test_other_updates_leave_it_alone(ledger: Vespera, task: Task) -> None:
    ledger.tasks.update_task(task.task_id, title="Pay now")
    ledger.tasks.claim(task.task_id)
    ledger.tasks.complete_task(task.task_id)
    ledger.tasks.delete_task(task.task_id)
    ledger.tasks.restore_task(task.task_id)
    assert revealed(ledger, task) == SECRET


def test_a_reference_of_another_task_is_never_taken(ledger: Vespera, task: Task) -> None:
    """Whoever learns a reference, from an event say, must not make it theirs."""
    ref = ref_of(task.metadata)
    forged = {"sensitive": {"sealed": ref}}
    with pytest.raises(InvalidInput, match="no sensitive metadata to keep"):
        ledger.tasks.create_task("Mine", metadata=forged)
    mine = ledger.tasks.create_task("Mine")
    with pytest.raises(InvalidInput, match="no sensitive metadata to keep"):
        updated(ledger, mine, forged)
    own = ledger.tasks.create_task("Own", metadata={"sensitive": {"n": 1}})
    assert updated(ledger, own, forged).version == own.version  # it means: as it is
    assert revealed(ledger, own) == {"n": 1}


@pytest.mark.parametrize("value", ["text", 1, True, ["list"], {"x": float("nan")}, {"x": "y" * 70_000}])
def test_what_is_no_map_is_refused(ledger: Vespera, value: Any) -> None:
    with pytest.raises(InvalidInput):
        ledger.tasks.create_task("x", metadata={"sensitive": value})
    assert refs(ledger) == set()


def test_a_refused_write_keeps_nothing(ledger: Vespera) -> None:
    with pytest.raises(NotFound):
        ledger.tasks.create_task("x", depends_on=("web-none",), metadata={"sensitive": SECRET})
    assert refs(ledger) == set()


def test_projects_have_none(ledger: Vespera) -> None:
    with pytest.raises(InvalidInput, match="tasks alone"):
        ledger.call("project.create", CreateProject(project_id="p", metadata={"sensitive": {"x": 1}}))


def test_undo_does_not_bring_back_what_was_forgotten(ledger: Vespera, task: Task) -> None:
    updated(ledger, task, {"sensitive": {"n": 2}})
    last = ledger.call("event.list", History(task_id=task.task_id, limit=1)).events[0]
    with pytest.raises(NotUndoable, match="was forgotten"):
        ledger.call("event.undo", UndoEvent(event=str(last.seq)))
    assert revealed(ledger, task) == {"n": 2}


def test_undo_of_its_arrival_forgets_it(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x")
    updated(ledger, task, {"sensitive": {"n": 2}})
    last = ledger.call("event.list", History(task_id=task.task_id, limit=1)).events[0]
    ledger.call("event.undo", UndoEvent(event=str(last.seq)))
    assert refs(ledger) == set()


def test_the_past_shows_it_sealed(ledger: Vespera, task: Task) -> None:
    updated(ledger, task, {})
    then = ledger.call("task.get", TaskRef(task_id=task.task_id, as_of=task.created_at))
    assert public(then)["task"]["metadata"]["sensitive"] == KEPT


def test_the_same_key_is_the_same_request(ledger: Vespera, tmp_path: Path) -> None:
    request = CreateTask(title="x", metadata={"sensitive": SECRET})
    one, again = (ledger.call("task.create", request, idempotency_key="k").task for _ in range(2))
    assert one == again
    assert refs(ledger) == {ref_of(one.metadata)}
    other = CreateTask(title="x", metadata={"sensitive": {**SECRET, "iban": "other"}})
    with pytest.raises(IdempotencyMismatch):
        ledger.call("task.create", other, idempotency_key="k")
    ledger.close()
    assert planted(tmp_path, "PLANTED", "iban") == []


def test_it_leaves_with_no_export_and_comes_with_no_import(ledger: Vespera, task: Task, tmp_path: Path) -> None:
    for name in ("jsonl", "beads"):
        ledger.call("exchange.export", ExportFile(format=name, path=str(tmp_path / name)))
        text = (tmp_path / name).read_text()
        assert task.task_id in text
        assert "sensitive" not in text
    stolen = {"task_id": "web-other", "title": "y", "metadata": {"sensitive": {"sealed": ref_of(task.metadata)}}}
    lines = (tmp_path / "jsonl").read_text().splitlines()
    (tmp_path / "in").write_text(
        "\n".join([lines[0], json.dumps({"task": {**json.loads(lines[-1])["task"], **stolen}})])
    )
    with pytest.raises(InvalidImport, match="not imported"):
        ledger.call("exchange.import", ImportFile(format="jsonl", path=str(tmp_path / "in")))


def test_plugins_see_references_alone(ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    """Policies and vetoes get the request with what was sealed taken out."""
    seen: list[Any] = []
    call_each = Plugins.call_each

    def listening(self: Plugins, hook: str, **arguments: Any) -> Any:
        seen.append(repr({name: getattr(one, "input", one) for name, one in arguments.items() if name != "keys"}))
        return call_each(self, hook, **arguments)

    monkeypatch.setattr(Plugins, "call_each", listening)
    ledger.tasks.create_task("x", metadata={"sensitive": SECRET})
    assert any("sealed" in one for one in seen)
    assert not any("PLANTED" in one for one in seen)


def test_a_role_needs_a_grant_to_see_it(ledger: Vespera, task: Task) -> None:
    roles = ledger.folder
    assert roles is not None
    (roles / "roles").mkdir()
    (roles / "roles" / "scribe.yaml").write_text("capabilities: [code_writing]\n")
    ledger.access.add_principal("bot", kind="agent")
    ledger.access.add_member("bot", "scribe")
    with Vespera.open(roles.parent, actor="bot", role="scribe") as bot:
        with pytest.raises(PermissionDenied):
            revealed(bot, task)
        ledger.access.grant("bot", "sensitive.read")
        assert revealed(bot, task) == SECRET


def test_without_a_cipher_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESPERA_BLOCK", "security")
    init_workspace(tmp_path, prefix="web", actor="ann")
    with Vespera.open(tmp_path, actor="ann") as ledger:
        with pytest.raises(PluginFault) as raised:
            ledger.tasks.create_task("x", metadata={"sensitive": SECRET})
        assert "security" in raised.value.next
        assert ledger.call("task.ready", ReadyTasks()).total == 0
        assert ledger.call("system.doctor", Nothing()).healthy


def test_the_doctor_names_what_is_missing(ledger: Vespera, task: Task) -> None:
    ref = ref_of(task.metadata)
    assert ref is not None
    ledger.kernel.storage.write(lambda unit: unit.put_secrets({ref: None}))
    answer = ledger.call("system.doctor", Nothing())
    assert not answer.healthy
    assert [one.message for one in answer.findings if one.severity == "damage"] == [
        f"the sensitive metadata of {task.task_id} is missing"
    ]


def test_a_backup_holds_it_sealed_and_no_key(ledger: Vespera, task: Task, tmp_path: Path) -> None:
    ledger.call("system.backup", BackupFile(path=str(tmp_path / "copy")))
    data = (tmp_path / "copy").read_bytes()
    assert b"PLANTED" not in data
    keys = json.loads((tmp_path / ".vespera" / "keys.json").read_text())["keys"]["encryption"]
    assert all(key["secret"].encode() not in data for key in keys)
    assert str(ref_of(task.metadata)).encode() in data
