"""How replies may be asked for, and what is said of what is off."""

from __future__ import annotations

from typing import Any

import pytest

from vespera_core.errors import InvalidInput
from vespera_mcp.replies.cursors import joined, split
from vespera_mcp.replies.wanted import Wanted


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"detail": "brief"}, "detail is 'concise' or 'full', not 'brief'."),
        ({"budget": 99}, "budget is a whole number of tokens from 100 to 25,000, not 99."),
        ({"budget": 25_001}, "budget is a whole number of tokens from 100 to 25,000, not 25001."),
        ({"budget": True}, "budget is a whole number of tokens from 100 to 25,000, not True."),
        ({"fields": ("titel",)}, "There is no fact 'titel' of a task; did you mean 'title'?"),
        ({"fields": ("title", "relation")}, "There is no fact 'relation' of a task; did you mean 'relations'?"),
    ],
)
def test_what_is_off_is_named(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Wanted(**asked)
    assert refused.value.message == said


def test_a_field_like_no_other_is_answered_with_all() -> None:
    with pytest.raises(InvalidInput, match="there are: task_id, project_id, title"):
        Wanted(fields=("zzzzzz",))


@pytest.mark.parametrize("store", [None, "WyJwcmlvcml0eSJd", "c2VhcmNoIDIw-_"])
@pytest.mark.parametrize("skip", [0, 1, 250])
def test_a_cursor_comes_back_as_it_was_made(store: str | None, skip: int) -> None:
    assert split(joined(store, skip)) == (store, skip)


@pytest.mark.parametrize("cursor", ["-1+x", "x+y", "+y", "²+x", "99999999+x"])
def test_a_cursor_that_no_reply_gave_out_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput, match="does not belong"):
        split(cursor)
