"""What to install for the names that people meet in our documents. A test holds this against the repo's plugins."""

from __future__ import annotations

DISTRIBUTIONS = {
    "sql": "vespera-sql",
    "static": "vespera-static",
    "sentence-transformers": "vespera-sentence-transformers",
    "chroma": "vespera-chroma",
    "kuzu": "vespera-kuzu",
    "roles": "vespera-roles",
    "api": "vespera-api",
    "security": "vespera-security",
    "mcp": "vespera-mcp",
}
"""Plugin name to distribution."""

PROVIDERS = {
    ("storage", "sqlite"): "vespera-sql",
    ("embedder", "static"): "vespera-static",
    ("embedder", "sentence-transformers"): "vespera-sentence-transformers",
    ("vectors", "chroma"): "vespera-chroma",
    ("graph", "kuzu"): "vespera-kuzu",
    ("transport", "rest"): "vespera-api",
    ("transport", "mcp"): "vespera-mcp",
    ("keys", "file"): "vespera-security",
    ("keys", "environment"): "vespera-security",
    ("keys", "keyring"): "vespera-security",
}
"""(kind, name) of what a plugin offers to distribution."""
