"""A command with commands of its own, which go by other names too."""

from __future__ import annotations

from typing import Any

import click


class Family(click.Group):
    """A group whose commands have aliases."""

    def __init__(self, *arguments: Any, aliases: dict[str, str] | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._aliases = aliases or {}

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name or alias."""
        return super().get_command(ctx, self._aliases.get(cmd_name, cmd_name))
