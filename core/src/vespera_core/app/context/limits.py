"""What the role lets its holder do, as a section of a briefing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vespera_core.app.context.sections import Section, indented, item
from vespera_core.model.role import Patterns, RoleDefinition

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


_SECTIONS: Final = {"criteria": "acceptance"}
"""Words of a role's ``context`` that go by another name than their section; the others go by the same."""


def role_of(kernel: Kernel, asked: str | None, own: str | None) -> RoleDefinition | None:
    """The role that was asked for, else the task's own, where roles are in force.

    Raises UnknownRole for one that was asked for and is none, RoleFault for one that cannot be used.
    """
    if asked is not None:
        return kernel.roles.catalogue().get(asked)
    return None if own is None or kernel.roles_in_force() is None else kernel.roles.catalogue().find(own)


def role_section(role: RoleDefinition | None) -> Section:
    """What the role lets its holder do; nothing where there is none."""
    if role is None:
        return Section("role", "", (), "")
    return Section(
        "role", f"## What the role {role.name} may do", tuple(_pieces(role)), f"vespera role show {role.name}"
    )


def needed_by(role: RoleDefinition | None) -> tuple[str, ...]:
    """The names of the sections that a briefing for this role must not leave out."""
    return () if role is None else tuple(_SECTIONS.get(word, word) for word in role.context)


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
