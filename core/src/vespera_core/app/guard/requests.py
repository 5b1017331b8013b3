"""Requests of this room: may this be done, and was what was done allowed."""

from __future__ import annotations

from vespera_core.app.requests import _Request
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class CheckAccess(_Request):
    """A tool, a file, or both. Without a role, those of the tasks that the caller holds count.

    `operation` is ``read`` or ``edit``; None takes what the tool does, and where that is unknown, the stricter
    ``edit``. A relative path counts from the workspace's root.
    """

    role: str | None = None
    tool: str | None = None
    path: str | None = None
    operation: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class CheckDiff(_Request):
    """Changes in a git repository: of the working tree, untracked files included, or with `staged` of the index.

    They are counted from where the work left `base`, a revision; without one, from the last commit. `folder` is any
    folder of the working tree, by default the workspace's root.
    """

    role: str | None = None
    base: str | None = None
    staged: bool = False
    folder: str | None = None
