"""The Python API of this room: `Vespera.guard`."""

from __future__ import annotations

from typing import Any

from vespera_core.app.guard import answers, requests
from vespera_core.app.namespaces import Ledger


class GuardQuestions:
    """What a role may do, asked where work happens. Without a role, those of the tasks that the caller holds count.

    >>> ledger.guard.check("src/basket.py", tool="Edit", role="tester").allowed  # doctest: +SKIP
    False
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def check(self, path: str | None = None, *, tool: str | None = None, **how: Any) -> answers.GuardAnswer:
        """Whether a tool may be used, a file be touched, or both; `how` as in `CheckAccess`. Nothing is written.

        Raises NotFound where no role is in force, InvalidInput, and Unsupported for a ledger that has no folder.
        """
        request = requests.CheckAccess(path=path, tool=tool, **how)
        answer: answers.GuardAnswer = self._ledger.call("guard.check", request)
        return answer

    def diff(self, *, base: str | None = None, staged: bool = False, **how: Any) -> answers.DiffAnswer:
        """Whether the changes of a git working tree may be made; `how` as in `CheckDiff`.

        Raises NotFound for an unknown role, and InvalidInput where there is no repository or no such revision.
        """
        request = requests.CheckDiff(base=base, staged=staged, **how)
        answer: answers.DiffAnswer = self._ledger.call("guard.diff", request)
        return answer
