"""Routes of projects: making and changing them, how they stand, and what is to come."""

from __future__ import annotations

from typing import Final

from vespera_api.routes.route import Route

ROUTES: Final = (
    Route("GET", "/projects", "project.list"),
    Route("POST", "/projects", "project.create", 201),
    Route("GET", "/projects/cycles", "graph.cycles"),
    Route("GET", "/projects/{project_id}", "project.get"),
    Route("PATCH", "/projects/{project_id}", "project.update", guarded=True, form="merge"),
    Route("POST", "/projects/{project_id}/archive", "project.archive"),
    Route("GET", "/projects/{project_id}/history", "event.list"),
    Route("GET", "/projects/{project_id}/dashboard", "project.dashboard"),
    Route("GET", "/projects/{project_id}/health", "project.health"),
    Route("GET", "/projects/{project_id}/insights", "project.insights"),
    Route("GET", "/projects/{project_id}/timeline", "project.timeline"),
    Route("GET", "/projects/{project_id}/burnup", "project.burnup"),
    Route("GET", "/projects/{project_id}/metrics", "graph.metrics"),
    Route("GET", "/projects/{project_id}/dependencies", "graph.picture"),
    Route("GET", "/projects/{project_id}/bottlenecks", "graph.bottlenecks"),
    Route("GET", "/projects/{project_id}/critical-path", "graph.critical_path"),
    Route("GET", "/projects/{project_id}/waves", "graph.waves"),
    Route("POST", "/projects/{project_id}/what-if", "graph.whatif"),
    Route("POST", "/projects/{project_id}/forecast", "graph.forecast"),
    Route("POST", "/projects/{project_id}/backtest", "graph.backtest"),
    Route("GET", "/dashboard", "project.dashboard"),
    Route("POST", "/graph/query", "graph.query"),
)
