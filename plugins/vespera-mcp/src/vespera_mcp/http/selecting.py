"""Selecting: which tools are offered over HTTP, by what was said at the start, else by the settings."""

from __future__ import annotations

from vespera_core.errors import ConfigError, InvalidInput
from vespera_mcp.settings import TABLE, McpSettings
from vespera_mcp.tools.offer import Selection, selection_of


def selected(settings: McpSettings, toolsets: str | None = None, *, read_only: bool = False) -> Selection:
    """The tools to offer. Raises InvalidInput for sets that were said, and ConfigError for those of the settings."""
    if toolsets is not None:
        return selection_of(toolsets, read_only=read_only or settings.read_only)
    try:
        return selection_of(settings.toolsets, read_only=read_only or settings.read_only)
    except InvalidInput as error:
        raise ConfigError(f"[{TABLE}] {error.message}", next=error.next, key=f"{TABLE}.toolsets") from error
