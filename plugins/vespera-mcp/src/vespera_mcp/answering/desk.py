"""The desk: takes the call of a tool, has its operation performed, and tells the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.answers import DeleteAnswer
from vespera_core.errors import InvalidInput, VesperaError
from vespera_core.model.record import record
from vespera_core.ports.operation import resolve
from vespera_mcp.answering.faults import internal, line_of
from vespera_mcp.replies.cursors import split
from vespera_mcp.replies.telling import told
from vespera_mcp.replies.wanted import Wanted
from vespera_mcp.tools.reading import check_arguments, request_of

if TYPE_CHECKING:
    from vespera_core.ports.access import Caller
    from vespera_mcp.answering.offers import Offers
    from vespera_mcp.tools.offer import Offer
    from vespera_mcp.tools.tool import Tool
    from vespera_mcp.workspaces import Place, Workspaces

WORKSPACE: Final = "workspace"
PAGE: Final = 20
"""Tasks of a list where nobody says how many."""
MOST: Final = 500
"""Tasks of a list at most: no reply has room for more."""


@record(frozen=True, slots=True)
class Reply:
    """What a call is answered with, and whether that is an error.

    `count` is there where nothing was done yet: how many tasks would be deleted.
    """

    text: str
    is_error: bool = False
    count: int | None = None


@record(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call of a tool: by whom, with which arguments, and the key under which a write is done once.

    `progress` is told how far long work is, from the thread that does it.
    """

    tool: str
    arguments: Mapping[str, Any]
    caller: Caller | None = None
    key: str | None = None
    progress: Callable[[int, int], None] | None = None


class Desk:
    """Answers calls of tools, in whichever workspace they name. Every error becomes a reply."""

    def __init__(self, workspaces: Workspaces, offers: Offers) -> None:
        self.workspaces = workspaces
        self.offers = offers

    async def answer(self, asked: Asked) -> Reply:
        """What a call is answered with."""
        offered: tuple[str, ...] = ()
        try:
            place, arguments = await self._placed(asked)
            offer = await self.offers.of(place, asked.caller)
            offered = tuple(offer.tools)
            return await self._performed(place, offer, replace(asked, arguments=arguments))
        except VesperaError as error:
            return Reply(line_of(error, asked.tool, asked.arguments, offered), is_error=True)
        except Exception as error:
            return Reply(internal(asked.tool, error), is_error=True)

    async def _placed(self, asked: Asked) -> tuple[Place, dict[str, Any]]:
        """The workspace of a call, and its other arguments."""
        arguments = dict(asked.arguments)
        folder = arguments.pop(WORKSPACE, None) if self.workspaces.many else None
        if folder is not None and not isinstance(folder, str):
            raise InvalidInput(
                "workspace is the folder of a project.", field=WORKSPACE, next="Leave it out, or name one."
            )
        return await self.workspaces.place(folder), arguments

    async def _performed(self, place: Place, offer: Offer, asked: Asked) -> Reply:
        """Perform the operation that a call means. Raises what it raises."""
        tool = offer.get(asked.tool)
        check_arguments(tool, asked.arguments)
        way, wanted = tool.way(asked.arguments), _wanted(tool, asked.arguments)
        kernel = place.ledger.kernel
        kind = resolve(kernel.operations[way.operation].input)
        request = request_of(tool, way, kind, _paged(tool, asked.arguments, wanted))
        kernel.progress = asked.progress
        answer: Reply = await place.bridge.call(
            way.operation, request, asked.caller or place.ledger.caller, None if tool.reads else asked.key,
            lambda answer: _told(way.operation, answer, wanted, kernel.clock()),
        )  # fmt: skip
        return answer


def _told(operation: str, answer: Any, wanted: Wanted, now: int) -> Reply:
    count = len(answer.deleted) if isinstance(answer, DeleteAnswer) and answer.dry_run else None
    return Reply(told(operation, answer, wanted, now=now), count=count)


def _wanted(tool: Tool, arguments: Mapping[str, Any]) -> Wanted:
    """How the answer is to be told. Raises InvalidInput."""
    given = {name: arguments[name] for name in ("detail", "budget", "cursor") if _is_taken(tool, arguments, name)}
    if _is_taken(tool, arguments, "fields"):
        given["fields"] = tuple(arguments["fields"]) if isinstance(arguments["fields"], list) else arguments["fields"]
    return Wanted(**given)


def _is_taken(tool: Tool, arguments: Mapping[str, Any], name: str) -> bool:
    return name in tool.arguments and arguments.get(name) is not None


def _paged(tool: Tool, arguments: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    """The arguments, with the page that a list is asked for. Raises InvalidInput."""
    asked = dict(arguments)
    if not tool.reads or "cursor" not in tool.arguments:
        return asked
    limit = asked.setdefault("limit", PAGE)
    if isinstance(limit, int) and not isinstance(limit, bool) and not 1 <= limit <= MOST:
        raise InvalidInput(f"limit is a whole number from 1 to {MOST}.", field="limit", next="Go on with the cursor.")
    if wanted.cursor is not None:
        asked["cursor"], told = split(wanted.cursor)
        if told > MOST:  # no page has as many
            raise InvalidInput("The cursor is none of this list's.", field="cursor", next="Begin without one.")
        asked["limit"] = limit + told if isinstance(limit, int) else limit
    return asked
