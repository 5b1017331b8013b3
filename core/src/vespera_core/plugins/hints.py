"""What to install for the names that people meet in our documents. A test holds this against the repo's plugins."""

from __future__ import annotations

DISTRIBUTIONS = {"sql": "vespera-sql"}
"""Plugin name to distribution."""

PROVIDERS = {("storage", "sqlite"): "vespera-sql"}
"""(kind, name) of what a plugin offers to distribution."""
