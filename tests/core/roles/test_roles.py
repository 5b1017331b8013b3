"""Roles in a ledger: names that are refused, capacity, assignments and their history."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.roles.conftest import write
from racing import raced
from vespera_core.app.application import Vespera, system_clock
from vespera_core.errors import AssignmentRefused, CapacityReached, InvalidImport, RoleFault, UnknownRole


def test_any_word_is_a_role_where_nothing_is_in_force(folder: Path) -> None:
    with Vespera.open(folder, actor="ann") as ledger:
        assert ledger.tasks.create_task("x", role="anything").role == "anything"
        assert not ledger.roles.list().in_force


def test_unknown_roles_are_refused_with_what_is_spelt_alike(ledger: Vespera, tmp_path: Path) -> None:
    with pytest.raises(UnknownRole, match=r"no role 'chekcer'\. Did you mean checker\?"):
        ledger.tasks.create_task("x", role="chekcer")
    task = ledger.tasks.create_task("x", role="dev")
    with pytest.raises(UnknownRole):
        ledger.tasks.update_task(task.task_id, role="nobody")
    assert ledger.tasks.get_task(task.task_id).role == "dev"


def test_a_broken_file_breaks_only_its_own_role(ledger: Vespera, tmp_path: Path) -> None:
    write(tmp_path, "dev", "nmae: dev\n")
    with pytest.raises(RoleFault, match=r"dev.yaml, line 1: nmae is no field of a role; did you mean 'name'"):
        ledger.tasks.create_task("x", role="dev")
    assert ledger.tasks.create_task("y", role="checker").role == "checker"
    assert ledger.tasks.create_task("z").role is None


def test_a_full_role_is_passed_over_and_named_when_asked_for(ledger: Vespera) -> None:
    for number in range(3):
        ledger.tasks.create_task(
            "c", task_id=f"web-c{number}", role="checker", acceptance_criteria="It works.", priority="critical"
        )
    ledger.tasks.create_task("d", task_id="web-d", role="dev", priority="low")
    assert ledger.tasks.claim("web-c0").task.task_id == "web-c0"
    with pytest.raises(CapacityReached) as raised:
        ledger.tasks.claim("web-c1")
    assert raised.value.details == {"task_id": "web-c1", "role": "checker", "limit": 1}
    claimed = ledger.tasks.claim().task
    assert claimed is not None
    assert claimed.task_id == "web-d"
    assert ledger.tasks.claim().task is None
    assert ledger.tasks.claim("web-c2", human=True).task.hold_kind == "human"
    with pytest.raises(CapacityReached):
        ledger.tasks.update_task("web-d", role="checker")
    ledger.tasks.release("web-c0")
    assert ledger.tasks.claim("web-c1").task.task_id == "web-c1"


def test_assignments_name_every_violation_and_are_recorded(ledger: Vespera) -> None:
    task = ledger.tasks.create_task("x", type="epic", metadata={"requires": ["testing", "design"]})
    rules = [one.rule for one in ledger.roles.check(task.task_id, "checker").violations]
    assert rules == ["capabilities", "task_type", "validation"]
    with pytest.raises(AssignmentRefused) as raised:
        ledger.roles.assign(task.task_id, "checker")
    assert [one["rule"] for one in raised.value.details["violations"]] == rules
    assert ledger.tasks.get_task(task.task_id).role is None
    assert len(ledger.roles.assign(task.task_id, "checker", force=True).forced) == 3
    (event,) = [one for one in ledger.tasks.history(task.task_id).events if one.kind == "role.assigned"]
    assert event.payload["changes"] == {"role": [None, "checker"]}
    assert len(event.payload["forced"]) == 3
    ledger.roles.unassign(task.task_id)
    past = ledger.roles.history(task_id=task.task_id).items
    assert [(one.was, one.role, bool(one.forced)) for one in past] == [
        ("checker", None, False), (None, "checker", True),
    ]  # fmt: skip


def test_suitable_roles_come_with_reasons_and_the_workload_counts(ledger: Vespera) -> None:
    task = ledger.tasks.create_task(
        "x", type="bug", role="checker", acceptance_criteria="y", metadata={"requires": ["testing"]}
    )
    best, *_ = ledger.roles.suitable(task_id=task.task_id).roles
    assert (best.role, best.lacks) == ("checker", ())
    assert best.reasons == ("has testing", "is made for tasks of the type bug")
    ledger.tasks.claim(task.task_id)
    loads = {one.role: one for one in ledger.roles.workload().roles}
    assert (loads["checker"].live, loads["checker"].capacity, loads["checker"].utilisation) == (1, 1, 1.0)
    assert (loads["dev"].live, loads["dev"].capacity, loads["dev"].queue) == (0, None, 0)


def test_an_import_with_an_unknown_role_lands_nothing(ledger: Vespera, tmp_path: Path) -> None:
    good = ledger.tasks.create_task("x", role="dev")
    out = tmp_path / "all.jsonl"
    ledger.call("exchange.export", _export(out))
    text = out.read_text().replace(good.task_id, "web-zzz").replace('"dev"', '"dex"')
    out.write_text(text)
    with pytest.raises(InvalidImport, match=r"no role 'dex'\. Did you mean dev\?"):
        ledger.call("exchange.import", _import(out))
    assert [task.task_id for task in ledger.tasks.list_tasks().tasks] == [good.task_id]


def _export(path: Path) -> object:
    from vespera_core.app.requests import ExportFile

    return ExportFile(path=str(path), format="jsonl")


def _import(path: Path) -> object:
    from vespera_core.app.requests import ImportFile

    return ImportFile(path=str(path), format="jsonl")


def test_of_two_processes_one_gets_the_last_place(ledger: Vespera, tmp_path: Path) -> None:
    for number in range(4):
        ledger.tasks.create_task("c", task_id=f"web-c{number}", role="checker", acceptance_criteria="It works.")
    claim = "print(ledger.tasks.claim(sys.argv[3]).task.task_id)"
    said = sorted(raced(tmp_path, claim, [(f"w{one}", f"web-c{one}") for one in range(4)]))
    assert said[:3] == ["capacity_reached"] * 3
    assert said[3].startswith("web-c")
    held = [task for task in ledger.tasks.list_tasks().tasks if task.hold_kind == "worker"]
    assert json.dumps([task.task_id for task in held]) == json.dumps([said[3]])


def test_a_lapsed_lease_does_not_come_back_into_a_role_that_is_full(ledger: Vespera, tmp_path: Path) -> None:
    ahead = 0

    def clock() -> int:
        return system_clock() + ahead

    for number in range(2):
        ledger.tasks.create_task("c", task_id=f"web-c{number}", role="checker", acceptance_criteria="It works.")
    with Vespera.open(tmp_path, actor="ann", clock=clock) as first:
        lapsed = first.tasks.claim("web-c0", lease_seconds=60).task
        ahead = 120_000_000
        with Vespera.open(tmp_path, actor="bob", clock=clock) as second:
            second.tasks.claim("web-c1", lease_seconds=60)
        with pytest.raises(CapacityReached):
            first.tasks.heartbeat("web-c0")
        first.tasks.checkpoint("web-c0", {"note": "kept"})
        kept = first.tasks.get_task("web-c0")
        assert (kept.checkpoint, kept.lease_until) == ({"note": "kept"}, lapsed.lease_until)
        assert {one.role: one.live for one in first.roles.workload(role="checker").roles} == {"checker": 1}
