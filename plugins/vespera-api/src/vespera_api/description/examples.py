"""Examples: a body for each operation that is asked for often. A test holds them to the schemas."""

from __future__ import annotations

from typing import Any, Final

EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "task.create": {"title": "Write the release notes", "priority": "high", "tags": ["docs"]},
    "task.create_many": {"tasks": [
        {"title": "Release", "key": "release", "children": [
            {"title": "Write the notes", "key": "notes"}, {"title": "Publish", "depends_on": ["notes"]}]}]},
    "task.update": {"title": "Write the release notes", "estimate_minutes": 90},
    "task.claim": {"lease_seconds": 1800},
    "task.heartbeat": {"lease_seconds": 1800},
    "task.complete": {"task_ids": ["web-2f9q"], "reason": "Published", "command": "make test", "exit_code": 0},
    "task.checkpoint": {"state": {"next": "Ask for a review", "files": ["CHANGELOG.md"]}},
    "task.comment": {"text": "The list of changes is complete."},
    "task.capture": {"file": "src/app.py", "start_line": 12, "end_line": 14, "text": "# TODO: close the file",
                     "note": "Close the file in every case."},
    "relation.add": {"target": "web-2f9q"},
    "task.search": {"text": "release notes", "limit": 5},
    "project.create": {"project_id": "shop", "name": "The web shop"},
    "project.update": {"description": "Everything that customers see."},
    "graph.whatif": {"changes": [{"kind": "complete", "task_id": "web-2f9q"}]},
    "graph.forecast": {"agents": 2},
    "run.start": {"role": "implementer"},
    "run.finish": {"outcome": "succeeded", "command": "make test", "exit_code": 0},
    "guard.check": {"role": "implementer", "path": "src/app.py", "operation": "edit"},
    "principal.add": {"name": "ci", "kind": "service"},
    "grant.add": {"principal": "ci", "action": "task_reading"},
    "webhook.add": {"url": "https://hooks.example.org/vespera", "kinds": ["task.*"]},
    "token.create": {"principal": "ci", "label": "nightly", "days": 90},
    "plugin.register": {"name": "board", "capabilities": ["task_reading", "search"]},
}  # fmt: skip
"""By operation."""
