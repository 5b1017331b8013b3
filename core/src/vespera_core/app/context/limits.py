"""What the role lets its holder do, as a section of a briefing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vespera_core.app.context.sections import Section, indented, item
from vespera_core.model.role import Patterns, RoleDefinition

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


def role_section(kernel: Kernel, asked: str | None, own: str | None) -> Section:
    """The limits of the role that was asked for, else of the task's own, where roles are in force.

    Raises UnknownRole for one that was asked for and is none, RoleFault for one that cannot be used.
    """
    name = asked or own
    pieces: tuple[str, ...] = ()
    if name is not None and (asked is not None or kernel.roles_in_force() is not None):
        catalogue = kernel.roles.catalogue()
        found = catalogue.get(name) if asked is not None else catalogue.find(name)
        pieces = () if found is None else tuple(_pieces(found))
    return Section("role", f"## What the role {name} may do", pieces, f"vespera role show {name}")


def _pieces(role: RoleDefinition) -> Iterator[str]:
    for label, patterns in (("edits", role.edit), ("reads", role.read), ("tools", role.tools)):
        yield item(f"{label}: {_said(patterns)}")
    limits = role.restrictions
    for words, limit in (
        ("files changed at most", limits.max_file_changes), ("minutes at most", limits.time_limit_minutes),
        ("tokens at most", limits.max_token_usage),
    ):  # fmt: skip
        if limit is not None:
            yield item(f"{words}: {limit:,}")
    if limits.require_approval:
        yield item(f"waits for a person's approval: {', '.join(limits.require_approval)}")
    for paragraph in role.instructions.strip().split("\n\n"):
        if paragraph:
            yield indented(paragraph)


def _said(patterns: Patterns) -> str:
    allowed = "everything" if patterns.allow is None else ", ".join(patterns.allow) or "nothing"
    return allowed + (f"; never {', '.join(patterns.deny)}" if patterns.deny else "")
