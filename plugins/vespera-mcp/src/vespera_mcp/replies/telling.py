"""Telling an answer."""

from __future__ import annotations

import json
from typing import Any

from vespera_core.model.public import public
from vespera_core.model.tokens import cut_to
from vespera_mcp.replies.wanted import Wanted


def told(operation: str, answer: Any, wanted: Wanted, *, now: int) -> str:
    """An answer as text."""
    return cut_to(json.dumps(public(answer), ensure_ascii=False), wanted.budget)
