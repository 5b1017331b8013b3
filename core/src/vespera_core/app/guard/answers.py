"""Answers of this room: decisions, each with the rule that decided."""

from __future__ import annotations

from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class GuardAnswer:
    """Whether a role allows what was asked, by which rule, and by which pattern where the rule is a list.

    `rule` is ``tools.allow`` or ``tools.deny``, ``read`` or ``edit`` with the same endings, or a principle that no role
    changes: ``outside`` the workspace, ``internal`` to the ledger or git, ``malformed``, ``unstable``. `place` is the
    file that the path means, from the workspace's root.
    """

    allowed: bool
    role: str
    rule: str
    reason: str
    pattern: str | None = None
    place: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """One changed file. `change` is git's letter: A added, M changed, D deleted, T of another kind, U unmerged."""

    path: str
    change: str
    allowed: bool
    rule: str
    reason: str
    pattern: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class DiffAnswer:
    """What changed, judged by a role. A renamed file counts as two: one taken away, one added.

    `limit` is how many files the role may change, None for no limit. `role` None: no role is in force, and nothing was
    judged.
    """

    allowed: bool
    role: str | None
    files: tuple[FileVerdict, ...]
    changed: int
    limit: int | None = None
    reasons: tuple[str, ...] = ()
