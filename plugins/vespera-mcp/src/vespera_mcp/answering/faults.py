"""Faults: every error as one line that a model can act on: its code, what happened and why, and what to do next."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from vespera_core.errors import InvalidInput, VesperaError
from vespera_core.model.tokens import cut_to
from vespera_mcp.answering.hints import call_of, hint_of
from vespera_mcp.tools.reading import ArgumentFault

_TOKENS: Final = 300
"""What a line about an error may take: values of callers are in it."""

_REPEATABLE: Final = 400
"""Characters of a call that is written out again, repaired; a longer one is only spoken of."""

_SAID_BACK: Final = 100
"""Characters of a caller's own value that are said back."""

_LOOKING: Final = frozenset({"detail", "budget", "limit", "cursor", "sort", "mode"})
"""Arguments that only say how something is looked at: without a wrong one, the call is right."""

_SPACE: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_FORGED: Final = re.compile(r"next\s*:", re.IGNORECASE)
"""What a title could say in a message to pass for our own next step."""

_LOG: Final = logging.getLogger("vespera.mcp")

INTERNAL: Final = "internal: Something went wrong in the server; its log on standard error says what."


def line_of(error: VesperaError, tool: str, arguments: Mapping[str, Any], offered: Collection[str]) -> str:
    """An error, told to whoever called a tool with these arguments."""
    step = _step(error, tool, arguments, offered)
    message = _FORGED.sub("next ", cut_to(_one_line(_shortened(error.message, arguments)), _TOKENS))
    return f"{error.code}: {message}{f' Next: {_one_line(step)}' if step else ''}"


def internal(tool: str, error: Exception) -> str:
    """A bug of ours, or of a plugin: it is logged, and nothing of it is told."""
    _LOG.error("the tool %s failed", tool, exc_info=error)
    return INTERNAL


def _step(error: VesperaError, tool: str, arguments: Mapping[str, Any], offered: Collection[str]) -> str:
    if isinstance(error, ArgumentFault):
        return _repaired(error, tool, offered)
    field = error.details.get("field")
    if isinstance(error, InvalidInput) and field in _LOOKING and field in arguments:
        call = _spoken(tool, {name: value for name, value in arguments.items() if name != field})
        return f"{call}." if call else f"Leave {field} out."
    if near := error.details.get("near"):
        return f"Did you mean {_spoken(near, arguments) or near}?"
    about = arguments.get("task_id")
    step = hint_of(error, offered, about if isinstance(about, str) else None)
    if step == InvalidInput.default_next or not step:
        return f"Correct the value, then call {tool} again."
    return step


def _repaired(error: ArgumentFault, tool: str, offered: Collection[str]) -> str:
    """The same call without what was wrong with it; or how to find what is missing."""
    if error.repaired is not None and (call := _spoken(tool, error.repaired)):
        return f"{call}."
    if error.details["field"] in ("task_id", "depends_on") and "list_tasks" in offered:
        return f"{call_of('list_tasks', {})} shows ids."
    return f"Correct it, then call {tool} again."


def _spoken(tool: str, arguments: Mapping[str, Any]) -> str:
    """A call as it is written out; nothing for one that is too long, or not for reading."""
    call = call_of(tool, arguments)
    return call if len(call) <= _REPEATABLE and call.isprintable() else ""


def _shortened(message: str, arguments: Mapping[str, Any]) -> str:
    """The message with no more of a long value than tells which one it was."""
    for value in arguments.values():
        if isinstance(value, str) and len(value) > _SAID_BACK:
            message = message.replace(value, f"{value[:_SAID_BACK]}...")
    return message


def _one_line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
