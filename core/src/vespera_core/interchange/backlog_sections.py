"""The body of a Backlog.md file: two sections have fields of their own, all else is notes."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_FIELDS: Final = {"## description": "description", "## acceptance criteria": "acceptance_criteria"}
_MARK = re.compile(r"\s*<!-- (?:SECTION:)?(\w+):(BEGIN|END) -->\s*")
_FENCE = re.compile(r" {0,3}(```|~~~)")


class Sections(NamedTuple):
    """The text of a body, verbatim but for the comments that mark where a section begins and ends."""

    description: str
    acceptance_criteria: str
    notes: str


def sections(body: str) -> Sections:
    """Divide a body at its headings. A heading that comes again stays in the notes, with what it heads."""
    splitter = _Splitter(body)
    for line in body.split("\n"):
        splitter.feed(line)
    parts = ("\n".join(lines).strip("\r\n") for lines in splitter.parts.values())
    return Sections(*parts)


class _Splitter:
    def __init__(self, body: str) -> None:
        self.parts: dict[str, list[str]] = {"description": [], "acceptance_criteria": [], "notes": []}
        self._body = body
        self._part = "notes"
        self._fence = self._marked = ""

    def feed(self, line: str) -> None:
        """Put a line where it belongs; headings of our sections and their marks belong nowhere."""
        if self._fence or _FENCE.match(line):
            self._turn_fence(line)
        elif self._is_mark(line) or (not self._marked and self._is_ours(line)):
            return
        self.parts[self._part].append(line)

    def _turn_fence(self, line: str) -> None:
        """Note where quoted code begins and ends: what looks like a heading in it is none."""
        bare = line.strip()
        if not self._fence:
            self._fence = bare[:3]
        elif bare.startswith(self._fence) and not bare.strip(self._fence[0]):
            self._fence = ""

    def _is_mark(self, line: str) -> bool:
        """Whether the line marks an edge of the present section. Headings between two such marks belong to it."""
        mark = _MARK.fullmatch(line)
        if mark is None or self._part == "notes":
            return False
        name = mark[1]
        if mark[2] == "END":
            found, self._marked = self._marked == name, "" if self._marked == name else self._marked
            return found
        if self._marked or f"{name}:END -->" not in self._body:
            return False
        self._marked = name
        return True

    def _is_ours(self, line: str) -> bool:
        """Whether the line is a heading that opens a section of ours; any other heading closes it."""
        if not line.startswith(("# ", "## ")):
            return False
        part = _FIELDS.get(line.rstrip().lower(), "notes")
        self._part = part if part != "notes" and not any(self.parts[part]) else "notes"
        return self._part != "notes"
