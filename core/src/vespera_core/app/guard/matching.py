"""Matching names against compiled patterns, in the manner of gitignore: the last pattern that fits decides.

This is the evaluation that pathspec's own `GitIgnoreSpec` makes of the same expressions, without importing it, which
alone would cost more than the whole decision. A test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

FOLDER_MARK = "ps_d"
"""The group by which pathspec's expressions tell that a pattern fitted a folder above the file, not the file itself."""


class Pattern(NamedTuple):
    """A pattern as it was written, the expression made of it, and whether it includes what fits, or takes it out."""

    text: str
    expression: str
    includes: bool


class Patterns:
    """A list of patterns. What is needed of it is compiled once, when it is first needed."""

    def __init__(self, patterns: Sequence[Pattern], *, folds_case: bool = False) -> None:
        self._patterns = tuple(patterns)
        self._flags = re.IGNORECASE if folds_case else re.NOFLAG
        self._tests: list[re.Pattern[str] | None] = [None] * len(self._patterns)
        self._any: re.Pattern[str] | None = None

    def deciding(self, name: str) -> Pattern | None:
        """The pattern that decides about a name; one that takes names out again may be it. None: no pattern fits."""
        if not self._fits_any(name):
            return None
        best = None
        for place in range(len(self._patterns) - 1, -1, -1):
            fits = self._test(place).match(name)
            if fits is None:
                continue
            if not fits.groupdict().get(FOLDER_MARK):
                return self._patterns[place]
            best = best or self._patterns[place]
        return best

    def _fits_any(self, name: str) -> bool:
        """One expression of all, for most names fit none, and asking one by one takes six times as long."""
        if not self._patterns:
            return False
        if self._any is None:
            every = "|".join(f"(?:{one.expression})" for one in self._patterns)
            self._any = re.compile(every.replace(f"(?P<{FOLDER_MARK}>", "(?:"), self._flags)
        return self._any.match(name) is not None

    def _test(self, place: int) -> re.Pattern[str]:
        test = self._tests[place]
        if test is None:
            test = self._tests[place] = re.compile(self._patterns[place].expression, self._flags)
        return test
