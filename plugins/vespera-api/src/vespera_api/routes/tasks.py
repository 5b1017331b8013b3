"""Routes of tasks: making, finding, changing, working on them, and what they hang on."""

from __future__ import annotations

from typing import Final

from vespera_api.routes.route import Route

_ONE: Final = {"task_id": "task_ids"}
_SOURCE: Final = {"task_id": "source"}

ROUTES: Final = (
    Route("POST", "/tasks", "task.create", 201),
    Route("POST", "/tasks/", "task.create", 201, hidden=True),
    Route("GET", "/tasks", "task.list"),
    Route("POST", "/tasks/bulk", "task.create_many", 201),
    Route("POST", "/tasks/tree", "task.create_many", 201, whole="tasks"),
    Route("GET", "/tasks/ready", "task.ready"),
    Route("GET", "/tasks/next", "task.ready", fixed={"limit": 1}),
    Route("GET", "/tasks/blocked", "task.blocked"),
    Route("GET", "/tasks/cycles", "dependency.cycles"),
    Route("POST", "/tasks/claim", "task.claim"),
    Route("POST", "/tasks/complete", "task.complete"),
    Route("POST", "/tasks/reap", "task.reap"),
    Route("GET", "/tasks/{task_id}", "task.get"),
    Route("PATCH", "/tasks/{task_id}", "task.update", renames=_ONE, guarded=True, form="merge"),
    Route("PUT", "/tasks/{task_id}", "task.update", renames=_ONE, guarded=True, form="replace"),
    Route("DELETE", "/tasks/{task_id}", "task.delete", guarded=True),
    Route("POST", "/tasks/{task_id}/restore", "task.restore"),
    Route("POST", "/tasks/{task_id}/complete", "task.complete", renames=_ONE),
    Route("POST", "/tasks/{task_id}/reopen", "task.reopen", renames=_ONE),
    Route("POST", "/tasks/{task_id}/cancel", "task.cancel", renames=_ONE),
    Route("POST", "/tasks/{task_id}/defer", "task.defer", renames=_ONE),
    Route("POST", "/tasks/{task_id}/block", "task.block", renames=_ONE),
    Route("POST", "/tasks/{task_id}/claim", "task.claim"),
    Route("POST", "/tasks/{task_id}/heartbeat", "task.heartbeat"),
    Route("POST", "/tasks/{task_id}/release", "task.release"),
    Route("POST", "/tasks/{task_id}/checkpoint", "task.checkpoint"),
    Route("GET", "/tasks/{task_id}/comments", "task.get", pick="comments"),
    Route("POST", "/tasks/{task_id}/comments", "task.comment", 201),
    Route("GET", "/tasks/{task_id}/evidence", "evidence.list"),
    Route("POST", "/tasks/{task_id}/evidence", "evidence.ran", 201),
    Route("POST", "/tasks/{task_id}/evidence/seen", "evidence.seen", 201),
    Route("POST", "/tasks/{task_id}/evidence/proved", "evidence.proved", 201),
    Route("GET", "/tasks/{task_id}/history", "event.list"),
    Route("GET", "/tasks/{task_id}/as-of/{as_of}", "task.get"),
    Route("GET", "/tasks/{task_id}/children", "task.list", renames={"task_id": "parent_id"}),
    Route("GET", "/tasks/{task_id}/tree", "task.tree"),
    Route("GET", "/tasks/{task_id}/explanation", "task.explain"),
    Route("GET", "/tasks/{task_id}/context", "task.context"),
    Route("GET", "/tasks/{task_id}/stores", "task.stores"),
    Route("POST", "/tasks/{task_id}/reveal", "task.reveal"),
    Route("GET", "/tasks/{task_id}/similar", "task.similar"),
    Route("GET", "/tasks/{task_id}/impact", "graph.impact"),
    Route("GET", "/tasks/{task_id}/dependencies", "graph.dependencies"),
    Route("POST", "/tasks/{task_id}/dependencies", "relation.add", 201, renames=_SOURCE, fixed={"kind": "depends_on"}),
    Route("GET", "/tasks/{task_id}/dependencies/tree", "dependency.tree"),
    Route("DELETE", "/tasks/{task_id}/dependencies/{target}", "relation.remove", renames=_SOURCE,
          fixed={"kind": "depends_on"}),
    Route("GET", "/tasks/{task_id}/paths/{second}", "graph.path", renames={"task_id": "first"}),
    Route("POST", "/tasks/{task_id}/relations", "relation.add", 201, renames=_SOURCE),
    Route("DELETE", "/tasks/{task_id}/relations/{kind}/{target}", "relation.remove", renames=_SOURCE),
    Route("POST", "/tasks/{task_id}/approve", "approval.approve"),
    Route("POST", "/tasks/{task_id}/reject", "approval.reject"),
    Route("PUT", "/tasks/{task_id}/role", "role.assign"),
    Route("DELETE", "/tasks/{task_id}/role", "role.unassign"),
)  # fmt: skip
