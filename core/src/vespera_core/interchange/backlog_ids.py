"""Ids of Backlog.md: case does not matter, and a project may have renamed its prefix, so ``task-24`` is ``BACK-24``."""

from __future__ import annotations

import re
from typing import Final

from vespera_core.model.basics import check_id

_PARTS = re.compile(r"(?:(.*?)-)?(\d+(?:\.\d+)*)")
_DRAFT: Final = "draft"


def _parts(task_id: str) -> tuple[str, tuple[int, ...]] | None:
    """Prefix and numbers of an id: ``BACK-24.01`` is back and (24, 1)."""
    match = _PARTS.fullmatch(task_id.strip().lower())
    if match is None or len(match[2]) > 60:
        return None
    return match[1] or "", tuple(int(number) for number in match[2].split("."))


class Ids:
    """The ids of a folder's files. `take` goes through them in order, and gives repeated ids a ``~2``."""

    def __init__(self, known: list[str]) -> None:
        self._names: dict[str, str] = {}
        self._numbers: dict[tuple[int, ...], str] = {}
        for task_id in known:
            self._names.setdefault(task_id.lower(), task_id)
            parts = _parts(task_id)
            if parts and parts[0] != _DRAFT:  # drafts are numbered apart: draft-7 is never back-7
                self._numbers.setdefault(parts[1], task_id)
        self._taken: set[str] = set()

    def begin(self) -> None:
        """Start over with the first file."""
        self._taken.clear()

    def take(self, task_id: str) -> str:
        """The id of the next file."""
        taken, count = check_id("id", task_id), 1
        while taken.lower() in self._taken:
            count += 1
            taken = f"{task_id}~{count}"
        self._taken.add(taken.lower())
        return taken

    def resolve(self, written: str) -> str:
        """The id of the file that `written` means; `written` itself where there is none."""
        name = written.strip()
        if found := self._names.get(name.lower()):
            return found
        parts = _parts(name)
        if parts is None or parts[0] == _DRAFT:
            return name
        return self._numbers.get(parts[1], name)
