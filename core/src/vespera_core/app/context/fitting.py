"""Fitting a briefing into its budget: the most needed pieces first, long ones cut, and the rest named.

Sections come in the order of need. In a first round no section takes more than its share, so that one long text cannot
drive out all others; in a second, what is left goes to the pieces that are next in line. What a role asks for has
rounds of its own before these: it loses its end only where the budget does not hold it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from vespera_core.app.context.answers import ContextSection
from vespera_core.app.context.sections import Section
from vespera_core.model.tokens import cut_to, estimated_tokens

_SHARE: Final = 0.3
_LEAST: Final = 24
"""Tokens that are worth beginning a piece for."""

_TASK: Final = "task"
_MARK: Final = " [...]"


def fitted(
    sections: Sequence[Section], budget: int, asked: Collection[str] = ()
) -> tuple[str, tuple[ContextSection, ...]]:
    """The text, at most `budget` tokens by the estimate, and what each section told.

    Sections that are `asked` for by name, and what the task is, get their room before all others.
    """
    room = budget
    while True:
        fit = _Fit([one for one in sections if one.pieces], room, {_TASK, *asked} if asked else asked)
        text, told = fit.text(), fit.told()
        over = estimated_tokens(text) - budget
        if over <= 0 or room <= 0:
            return cut_to(text, budget), told
        room -= over


class _Fit:
    """One try, with so many tokens for headings and pieces; what was left out is told beyond them."""

    def __init__(self, sections: list[Section], room: int, asked: Collection[str]) -> None:
        self._sections = sections
        self._room = room
        self._taken: list[list[str]] = [[] for _ in sections]
        self._cut = [False] * len(sections)
        first = [number for number, one in enumerate(sections) if one.name in asked]
        for share in (room // len(first), room) if first else ():
            for number in first:
                self._fill(number, share)
        for share in (max(_LEAST, int(room * _SHARE)), room):
            for number in range(len(sections)):
                self._fill(number, share)

    def _fill(self, number: int, share: int) -> None:
        section, taken = self._sections[number], self._taken[number]
        while not self._cut[number] and len(taken) < len(section.pieces):
            heading = 0 if taken else estimated_tokens(section.heading) + 1
            left = min(self._room, share - sum(map(estimated_tokens, taken))) - heading
            piece = section.pieces[len(taken)]
            size = estimated_tokens(piece) + 1
            if size > left:
                if left < _LEAST or share < self._room:
                    return
                piece, size = cut_to(piece, left - 4) + _MARK, left
                self._cut[number] = True
            taken.append(piece)
            self._room -= size + heading

    def told(self) -> tuple[ContextSection, ...]:
        return tuple(
            ContextSection(name=one.name, found=len(one.pieces), told=len(taken), cut=cut, more=one.more)
            for one, taken, cut in zip(self._sections, self._taken, self._cut, strict=True)
        )

    def text(self) -> str:
        parts = [
            f"{section.heading}\n" + "\n".join(taken)
            for section, taken in zip(self._sections, self._taken, strict=True)
            if taken
        ]
        left = [_left_out(one) for one in self.told() if one.told < one.found or one.cut]
        return "\n\n".join([*parts, *(["## Left out\n" + "\n".join(left)] if left else [])]) + "\n"


def _left_out(section: ContextSection) -> str:
    missing = section.found - section.told
    what = f"{missing} of {section.found}" if missing else "the end"
    return f"- {section.name}: {what}; read it with '{section.more}'"
