"""A workspace on which every tool has something to do, and a call of each that is right there."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Final

from vespera_api.live.webhooks.requests import AddWebhook
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.policy.requests import AddMember
from vespera_core.app.requests import AddComment, CompleteTasks, CreateProject, DeleteTask, ExportFile
from vespera_core.app.runs.requests import StartRun
from vespera_security.tokens.requests import CreateToken, RegisterPlugin

BOT: Final = "bot"
ROLE: Final = "implementer"
Arguments = dict[str, Any]
Calls = dict[str, Arguments]

REFUSED: Final = {"graph_query": "unsupported", "task_reveal": "not_found", "webhook_redeliver": "not_found"}
"""Tools that have nothing to do here (no query language, no secrets, nothing given up), with what they say."""

_ROLES: Final = {
    ROLE: "capabilities: [implementation, documentation]\n",
    "releaser": "capabilities: [deployment]\nrestrictions: {require_approval: [completion]}\n",
}
_TASKS: Final = 24


def prepare(folder: Path) -> Calls:
    """Make the workspace; answers right arguments for each tool of all sets."""
    folder.mkdir(parents=True, exist_ok=True)
    init_workspace(folder, prefix="web", actor=BOT)
    roles = folder / ".vespera" / "roles"
    roles.mkdir()
    for name, text in _ROLES.items():
        (roles / f"{name}.yaml").write_text(text)
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    with Vespera.open(folder, actor=BOT) as ledger:
        for number in range(_TASKS):
            ledger.tasks.create_task(f"Task {number}", task_id=f"web-{number}", estimate_minutes=60)
        ledger.tasks.create_task("A part", task_id="web-part", parent_id="web-0")
        ledger.tasks.add_dependency("web-2", "web-1")
        ledger.call("task.comment", AddComment(task_id="web-0", text="Well begun."))
        ledger.call("task.complete", CompleteTasks(task_ids=("web-3", "web-4")))
        ledger.call("task.delete", DeleteTask(task_id="web-5"))
        return {**_core(ledger), **_moving(ledger), **_looking(), **_running(ledger), **_administering(folder, ledger)}


def _core(ledger: Vespera) -> Calls:
    fence = ledger.tasks.claim("web-6").fence
    return {
        "create_task": {"title": "Write the notes", "priority": "high", "depends_on": ["web-0"]},
        "create_task_tree": {"tasks": [{"title": "Release", "children": [
            {"title": "Notes", "key": "notes"}, {"title": "Publish", "depends_on": ["notes"]}]}]},
        "get_task": {"task_id": "web-0", "view": "context"},
        "update_task": {"task_id": "web-1", "title": "Another", "add_tags": ["new"], "expected_version": 1},
        "delete_task": {"task_id": "web-7", "confirm": 1},
        "list_tasks": {"status": ["pending"], "limit": 5, "fields": ["title", "tags"]},
        "get_task_tree": {"task_id": "web-0"},
        "analyze_task_dependencies": {"task_id": "web-2"},
        "add_task_dependency": {"task_id": "web-9", "depends_on": "web-8"},
        "execute_task": {"task_id": "web-10", "budget": 500},
        "complete_task": {"task_id": "web-11", "reason": "Done", "command": "make test", "exit_code": 0},
        "list_roles": {}, "assign_role_to_task": {"task_id": "web-12", "role": ROLE},
        "get_task_dashboard": {}, "ready_tasks": {"limit": 5},
        "hold_task": {"action": "checkpoint", "task_id": "web-6", "fence": fence, "state": {"next": "Review"}},
        "search_tasks": {"query": "task"}, "comment_task": {"task_id": "web-0", "text": "Nearly there."},
    }  # fmt: skip


def _moving(ledger: Vespera) -> Calls:
    one = {"command": "make test", "exit_code": 0}
    return {
        "task_reopen": {"task_ids": ["web-3"]}, "task_cancel": {"task_ids": ["web-13"], "reason": "Not wanted"},
        "task_defer": {"task_ids": ["web-14"], "until": "2099-01-01T00:00:00Z"},
        "task_block": {"task_ids": ["web-15"], "reason": "Waits for a key"},
        "evidence_ran": {"task_id": "web-16", **one}, "evidence_seen": {"task_id": "web-16", **one},
        "evidence_proved": {"task_id": "web-16", "source": "ci", **one}, "evidence_list": {"task_id": "web-16"},
        "task_restore": {"task_id": "web-5"}, "relation_remove": {"source": "web-2", "target": "web-1"},
        "event_list": {"task_id": "web-0"}, "event_undo": {"event": _last_event(ledger, "web-17")},
        "approval_list": {}, "approval_approve": {"task_id": _submitted(ledger, "web-yes")},
        "approval_reject": {"task_id": _submitted(ledger, "web-no"), "reason": "Not yet"},
        "role_unassign": {"task_id": "web-19"}, "task_reap": {}, "task_reveal": {"task_id": "web-0"},
        "task_capture": {"file": "app.py", "start_line": 1, "end_line": 1, "text": "# TODO", "note": "Close the file."},
    }  # fmt: skip


def _submitted(ledger: Vespera, task_id: str) -> str:
    """A task that is done, and waits for a person to say so."""
    ledger.tasks.create_task("Release", task_id=task_id, role="releaser")
    worker = ledger.acting_as("worker", role="releaser")
    worker.tasks.complete_task(task_id, fence=worker.tasks.claim(task_id).fence)
    return task_id


def _last_event(ledger: Vespera, task_id: str) -> str:
    ledger.tasks.update_task(task_id, title="Changed")
    return str(ledger.tasks.history(task_id).events[0].seq)


def _looking() -> Calls:
    of_one = ("task_explain", "dependency_tree", "task_similar", "graph_impact", "task_stores")
    of_all = (
        "task_blocked", "dependency_cycles", "project_list", "task_duplicates", "task_cluster", "task_recommend",
        "search_trends", "search_metrics", "graph_metrics", "graph_cycles", "graph_bottlenecks", "graph_waves",
        "graph_forecast", "graph_backtest", "graph_picture", "project_health", "project_burnup", "project_timeline",
        "project_insights", "role_validate", "role_workload", "role_history", "run_list", "run_statistics",
        "system_stats", "audit_verify", "system_health", "system_doctor", "system_info", "system_plugins",
        "system_repair", "index_rebuild", "keys_status", "principal_list", "member_list", "grant_list", "webhook_list",
        "token_list", "plugin_list", "service_list",
    )  # fmt: skip
    return {
        **{name: {"task_id": "web-2"} for name in of_one}, **{name: {} for name in of_all},
        "graph_path": {"first": "web-2", "second": "web-1"}, "search_suggest": {"text": "ta"},
        "graph_whatif": {"changes": [{"kind": "complete", "task_id": "web-1"}]},
        "graph_query": {"text": "MATCH (t:Task) RETURN count(t)"}, "file_tasks": {"file": "app.py"},
        "search_feedback": {"task_id": "web-0", "useful": True, "query": "task"},
        "guard_check": {"role": ROLE, "path": "app.py", "operation": "edit"},
        "guard_diff": {"role": ROLE, "staged": True},
        "role_get": {"role": ROLE}, "role_suitable": {"task_id": "web-0"},
        "role_check": {"task_id": "web-0", "role": ROLE}, "project_get": {"project_id": "web"},
    }  # fmt: skip


def _running(ledger: Vespera) -> Calls:
    def begun(number: int) -> Arguments:
        started = ledger.call("run.start", StartRun(task_id=f"web-{number}"))
        return {"run_id": started.run.run_id, "fence": started.fence}

    cancelled = begun(23)["run_id"]
    return {
        "run_progress": {**begun(20), "progress": 0.5, "note": "Half"},
        "run_finish": {**begun(21), "outcome": "succeeded"}, "run_watched": {**begun(22), "outcome": "succeeded"},
        "run_cancel": {"run_id": cancelled}, "run_status": {"run_id": cancelled},
    }  # fmt: skip


def _administering(folder: Path, ledger: Vespera) -> Calls:
    copied = folder / "tasks.jsonl"
    ledger.call("exchange.export", ExportFile(path=str(copied)))
    ledger.call("project.create", CreateProject(project_id="old"))
    for name in ("ci", "former"):
        ledger.access.add_principal(name, kind="service")
        ledger.access.grant(name, "search")
        ledger.call("member.add", AddMember(principal=name, role=ROLE))
    return {
        "project_create": {"project_id": "lab"}, "project_update": {"project_id": "web", "description": "The shop"},
        "project_archive": {"project_id": "old"}, "system_backup": {"path": str(folder / "copy.db")},
        **{f"service_{verb}": {"names": ["webhooks"]} for verb in ("start", "stop", "restart")},
        "service_configure": {"name": "webhooks"}, "keys_rotate": {"dry_run": True},
        "exchange_import": {"format": "jsonl", "path": str(copied)},
        "exchange_export": {"path": str(folder / "out.jsonl")},
        "principal_add": {"name": "new"}, "principal_get": {"name": "ci"}, "principal_remove": {"name": "former"},
        "member_add": {"principal": "ci", "role": ROLE, "project_id": "web"}, "member_remove": {"principal": "ci"},
        "grant_add": {"principal": "ci", "action": "task_reading"},
        "grant_remove": {"principal": "ci", "action": "search"},
        **_hooked(ledger), **_admitted(ledger),
    }  # fmt: skip


def _hooked(ledger: Vespera) -> Calls:
    def added() -> str:
        answer = ledger.call("webhook.add", AddWebhook(url="https://hooks.example.org/x"))
        return str(answer.webhook.webhook_id)

    one = {"webhook_id": added()}
    return {
        "webhook_add": {"url": "https://hooks.example.org/y"}, "webhook_remove": {"webhook_id": added()},
        **{f"webhook_{verb}": one for verb in ("get", "enable", "test", "deliveries", "redeliver")},
    }  # fmt: skip


def _admitted(ledger: Vespera) -> Calls:
    made = ledger.call("token.create", CreateToken(principal="ci"))
    secrets = [ledger.call("plugin.register", RegisterPlugin(name=name)).secret for name in ("board", "lost")]
    return {
        "token_create": {"principal": "ci"}, "token_revoke": {"token_id": made.token.token_id},
        "plugin_register": {"name": "other"}, "plugin_get": {"name": "board"}, "plugin_revoke": {"name": "lost"},
        "plugin_token": {"secret": secrets[0]},
    }  # fmt: skip
