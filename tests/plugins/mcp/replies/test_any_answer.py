"""Answers that nobody tells by hand: JSON without what is empty, shortened until it fits."""

from __future__ import annotations

import json
from typing import Any

from counting import tokens
from plugins.mcp.replies.making import CONCISE, HOSTILE, NOW
from vespera_core.model.basics import Micros
from vespera_core.model.record import record
from vespera_mcp.replies.telling import told
from vespera_mcp.replies.wanted import Wanted


@record(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What a plugin's operation answers."""

    name: str
    at: Micros
    empty: tuple[str, ...] = ()
    nothing: str | None = None
    flag: bool = False
    rows: tuple[dict[str, Any], ...] = ()


def test_it_is_compact_and_says_nothing_empty() -> None:
    assert told("x.y", Foreign(name="a", at=NOW), CONCISE, now=NOW) == (
        '{"name":"a","at":"2026-11-23T12:00:00.000000Z","flag":false}'
    )


def test_what_does_not_fit_is_shortened_and_says_so() -> None:
    answer = Foreign(name="a", at=NOW, rows=tuple({"text": text * 3} for text in HOSTILE * 40))
    reply = told("x.y", answer, Wanted(budget=600), now=NOW)
    body, _, note = reply.rpartition("\n")
    assert json.loads(body)["rows"][-1].endswith(" more")
    assert note.endswith(': the same call with "budget":25000')
    assert tokens(reply) <= 600
    assert len(reply.splitlines()) == 2
