"""Kinds of clients: which file each reads, and what an entry for a server looks like there."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from vespera_core.errors import InvalidInput
from vespera_core.model.record import record

Scope = Literal["project", "user"]
SCOPES: Final[tuple[Scope, ...]] = ("project", "user")

NAME: Final = "vespera"
"""The name of our server in each of them."""


@record(frozen=True, slots=True, kw_only=True)
class Kind:
    """A client: its files by scope, relative to the project or to the home folder, and the key that holds servers.

    `typed` says that each entry names its transport; `home` is a variable that names another folder than the home one.
    """

    name: str
    title: str
    files: Mapping[Scope, str]
    key: str = "mcpServers"
    typed: bool = False
    home: str | None = None

    def file(self, scope: Scope, root: Path) -> Path:
        """The file of a scope. Raises InvalidInput where the client has none."""
        if scope not in self.files:
            raise InvalidInput(
                f"{self.title} has no configuration of the scope {scope}.", field="scope",
                next=f"Choose --scope {next(iter(self.files))}.",
            )  # fmt: skip
        moved = os.environ.get(self.home) if self.home else None
        return (root if scope == "project" else Path(moved) if moved else Path.home()) / self.files[scope]

    def entry(self, program: str, words: tuple[str, ...]) -> dict[str, Any]:
        """What the client is to start."""
        kind = {"type": "stdio"} if self.typed else {}
        return {**kind, "command": program, "args": list(words)}


def _of_user(linux: str, mac: str, windows: str) -> str:
    """Where a program keeps what is its user's, by platform."""
    return mac if sys.platform == "darwin" else windows if os.name == "nt" else linux


KINDS: Final = {
    one.name: one
    for one in (
        Kind(
            name="claude-code", title="Claude Code", typed=True, home="CLAUDE_CONFIG_DIR",
            files={"project": ".mcp.json", "user": ".claude.json"},
        ),
        Kind(name="cursor", title="Cursor", files={"project": ".cursor/mcp.json", "user": ".cursor/mcp.json"}),
        Kind(
            name="vscode", title="VS Code", key="servers", typed=True,
            files={"project": ".vscode/mcp.json", "user": _of_user(
                ".config/Code/User/mcp.json", "Library/Application Support/Code/User/mcp.json",
                "AppData/Roaming/Code/User/mcp.json",
            )},
        ),
        Kind(
            name="claude-desktop", title="Claude Desktop",
            files={"user": _of_user(
                ".config/Claude/claude_desktop_config.json",
                "Library/Application Support/Claude/claude_desktop_config.json",
                "AppData/Roaming/Claude/claude_desktop_config.json",
            )},
        ),
    )
}  # fmt: skip
