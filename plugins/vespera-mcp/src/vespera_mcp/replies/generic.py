"""Any answer: compact JSON without what is empty, its lists and texts shortened until it fits."""

from __future__ import annotations

import json
from typing import Any, Final

from vespera_core.model.public import public
from vespera_core.model.tokens import cut_to_most, most_tokens
from vespera_mcp.replies.cells import block, cell
from vespera_mcp.replies.fitting import larger
from vespera_mcp.replies.wanted import Asked

_STEPS: Final = ((50, 400), (20, 200), (10, 100), (5, 60), (2, 40))
"""Of how many things in a list, and how many characters in a text, each try tells."""


def told_any(answer: Any, asked: Asked) -> str:
    """The first try that fits; where none does, its beginning."""
    found = _without_empty(public(answer))
    text = whole = _json(found)
    size = most_tokens(whole) if len(whole) < 8 * asked.wanted.budget else len(whole) // 2
    if size <= asked.wanted.budget:
        return whole
    note = f'\nshortened from {len(whole):,} characters: the same call with "budget":{larger(size)}'
    room = asked.wanted.budget - most_tokens(note) - 1
    for items, characters in _STEPS:
        text = _json(_shortened(found, items, characters))
        if most_tokens(text) <= room:
            return text + note
    return cut_to_most(text, room) + note


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return text if text.isprintable() else block(text)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {str(key): _without_empty(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one is not None and one not in ("", [], {})}
    return [_without_empty(one) for one in value] if isinstance(value, list | tuple) else value


def _shortened(value: Any, items: int, characters: int) -> Any:
    if isinstance(value, str):
        return cell(value, characters)
    if isinstance(value, dict):
        kept = {cell(key, characters): _shortened(one, items, characters) for key, one in list(value.items())[:items]}
        return kept | ({"…": f"{len(value) - items} more"} if len(value) > items else {})
    if isinstance(value, list):
        kept_items = [_shortened(one, items, characters) for one in value[:items]]
        return [*kept_items, f"… {len(value) - items} more"] if len(value) > items else kept_items
    return value
