"""Routes of working: roles, approvals, runs, the guard, and editors."""

from __future__ import annotations

from typing import Final

from vespera_api.routes.route import Route

ROUTES: Final = (
    Route("GET", "/roles", "role.list"),
    Route("POST", "/roles/validate", "role.validate"),
    Route("GET", "/roles/workload", "role.workload"),
    Route("GET", "/roles/suitable", "role.suitable"),
    Route("GET", "/roles/history", "role.history"),
    Route("GET", "/roles/{role}", "role.get"),
    Route("GET", "/roles/{role}/tasks", "task.list"),
    Route("GET", "/roles/{role}/workload", "role.workload"),
    Route("GET", "/roles/{role}/history", "role.history"),
    Route("GET", "/roles/{role}/check/{task_id}", "role.check"),
    Route("GET", "/approvals", "approval.list"),
    Route("POST", "/runs", "run.start", 201),
    Route("GET", "/runs", "run.list"),
    Route("GET", "/runs/statistics", "run.statistics"),
    Route("GET", "/runs/{run_id}", "run.status"),
    Route("POST", "/runs/{run_id}/progress", "run.progress"),
    Route("POST", "/runs/{run_id}/finish", "run.finish"),
    Route("POST", "/runs/{run_id}/watched", "run.watched"),
    Route("POST", "/runs/{run_id}/cancel", "run.cancel"),
    Route("POST", "/guard/check", "guard.check"),
    Route("GET", "/editor/tasks", "file.tasks"),
    Route("POST", "/editor/tasks", "task.capture", 201),
)
