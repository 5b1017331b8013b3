"""Confirming: a person is asked before tasks are deleted, where the client can ask one.

Else the caller is told how many tasks would go, and says that number: what is deleted is what was spoken of either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.server.session import ServerSession
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

TOOL: Final = "delete_task"
_QUESTION: Final = "confirm"
_SCHEMA: Final[dict[str, Any]] = {
    "type": "object", "properties": {"delete": {"type": "boolean", "title": "Delete them"}}, "required": ["delete"],
}  # fmt: skip


def can_ask(session: ServerSession) -> bool:
    """Whether the client can put a form before a person."""
    known = session.client_capabilities
    asks = None if known is None else known.elicitation
    return asks is not None and (asks.form is not None or asks.url is None)


def is_wanted(tool: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a call is one that a person is asked about."""
    return tool == TOOL and arguments.get("confirm") is None


def asks_again(context: ServerRequestContext[Any, Any]) -> bool:
    """Whether the client sends the call once more with the person's answer, as the newer protocol has it."""
    return context.protocol_version in MODERN_PROTOCOL_VERSIONS


def question(message: str, count: int) -> types.InputRequiredResult:
    """What the client is to ask before it sends the call again; the count comes back with it."""
    params = types.ElicitRequestFormParams(message=message, requested_schema=_SCHEMA)
    return types.InputRequiredResult(
        input_requests={_QUESTION: types.ElicitRequest(params=params)}, request_state=str(count)
    )


def answered(params: types.CallToolRequestParams) -> tuple[int, bool] | None:
    """How many tasks a person was asked about, and whether they may go; None where nobody was asked."""
    state, answer = params.request_state, (params.input_responses or {}).get(_QUESTION)
    if state is None or not state.isdecimal() or len(state) > 9 or not isinstance(answer, types.ElicitResult):
        return None
    return int(state), agrees(answer)


async def ask(context: ServerRequestContext[Any, Any], message: str) -> bool:
    """Ask now, as the older protocol has it."""
    return agrees(await context.session.elicit_form(message, _SCHEMA, context.request_id))


def agrees(answer: types.ElicitResult) -> bool:
    """Whether the person agreed."""
    return answer.action == "accept" and (answer.content or {}).get("delete") is True
