"""Tags: the parts of the API, in the order in which they are shown."""

from __future__ import annotations

from typing import Final

TAGS: Final = {
    "tasks": "Tasks: making, finding and changing them, working on them, and what they hang on.",
    "projects": "Projects: how they stand, and what is to come.",
    "dashboard": "How the workspace's own project stands.",
    "graph": "The graph back end in its own language.",
    "search": "Search by words and by meaning.",
    "roles": "Roles, and who works in them.",
    "approvals": "What waits for a person's word.",
    "runs": "Work on claimed tasks.",
    "guard": "What a role may do with tools and files.",
    "editor": "For editors: tasks that are about a file, and tasks made from a place in one.",
    "services": "Background services.",
    "indexes": "Indexes of meaning and of the graph.",
    "events": "The log of everything that happened.",
    "import": "Taking in files of Vespera and of other tools.",
    "export": "Writing everything out.",
    "system": "What runs here, and how it is.",
    "keys": "Keys that secrets are sealed with.",
    "principals": "Those who act here.",
    "members": "Members of projects.",
    "grants": "What principals may do beyond their roles.",
    "webhooks": "Addresses that events are sent to.",
    "tokens": "What proves to the server who calls.",
    "plugins": "Plugins that run elsewhere, and call this server.",
    "operations": "Operations that plugins bring.",
    "probes": "Whether the server lives, and how it does: for whoever watches over it.",
}
