"""Resources: what a person attaches to a conversation. Each says what a tool says as well."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import mcp_types as types
from mcp.shared.exceptions import MCPError

from vespera_core.errors import VesperaError
from vespera_core.model.record import record
from vespera_core.ports.operation import resolve
from vespera_mcp.replies.telling import told
from vespera_mcp.replies.wanted import Wanted

if TYPE_CHECKING:
    from vespera_core.ports.access import Caller
    from vespera_mcp.workspaces import Place, Workspaces

READY: Final = "vespera://ready"
TASK: Final = "vespera://task/{id}"
DASHBOARD: Final = "vespera://project/{id}/dashboard"

BUDGET: Final = 8_000
"""Model tokens of a resource at most: a person chose it."""
_MIME: Final = "text/plain"


@record(frozen=True, slots=True)
class Resource:
    """A kind of resource: how its address reads, and the operation that tells it."""

    address: re.Pattern[str]
    operation: str
    field: str | None = None


_KINDS: Final = (
    Resource(re.compile(r"vespera://ready"), "task.ready"),
    Resource(re.compile(r"vespera://task/([^/?#]{1,400})"), "task.get", "task_id"),
    Resource(re.compile(r"vespera://project/([^/?#]{1,400})/dashboard"), "project.dashboard", "project_id"),
)


def task_uri(task_id: str) -> str:
    """The address of a task."""
    return f"vespera://task/{task_id}"


def dashboard_uri(project_id: str) -> str:
    """The address of a project's dashboard."""
    return f"vespera://project/{project_id}/dashboard"


TEMPLATES: Final = (
    types.ResourceTemplate(name="task", uri_template=TASK, mime_type=_MIME, description="One task, whole."),
    types.ResourceTemplate(
        name="dashboard", uri_template=DASHBOARD, mime_type=_MIME, description="How a project stands."
    ),
)


class Resources:
    """Those of the usual workspace."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def every(self, caller: Caller | None) -> list[types.Resource]:
        """What there is without knowing an id: what is ready, and the dashboards of projects."""
        ready = types.Resource(name="ready", uri=READY, mime_type=_MIME, description="What can be worked on now.")
        try:
            place = await self._workspaces.place(None)
            answer = await _ask(place, caller, "project.list", {})
        except VesperaError:
            return [ready]
        return [ready, *(_dashboard(project.project_id, project.name) for project in answer.projects)]

    async def read(self, uri: str, caller: Caller | None) -> types.ReadResourceResult:
        """What is at an address. Raises MCPError that names it where there is nothing that the caller may see."""
        for kind in _KINDS:
            if found := kind.address.fullmatch(uri):
                given = {} if kind.field is None else {kind.field: unquote(found[1])}
                text = await self._told(uri, kind, given, caller)
                return types.ReadResourceResult(
                    contents=[types.TextResourceContents(uri=uri, mime_type=_MIME, text=text)]
                )
        raise _missing(uri, "There is nothing of this address.")

    async def _told(self, uri: str, kind: Resource, given: dict[str, Any], caller: Caller | None) -> str:
        try:
            place = await self._workspaces.place(None)
            answer = await _ask(place, caller, kind.operation, given)
            return told(kind.operation, answer, Wanted(detail="full", budget=BUDGET), now=place.ledger.kernel.clock())
        except VesperaError as error:
            raise _missing(uri, error.message) from None


def _dashboard(project_id: str, name: str) -> types.Resource:
    return types.Resource(name=f"dashboard of {project_id}", title=name, uri=dashboard_uri(project_id), mime_type=_MIME)


async def _ask(place: Place, caller: Caller | None, operation: str, given: dict[str, Any]) -> Any:
    kind = resolve(place.ledger.kernel.operations[operation].input)
    return await place.bridge.call(operation, kind(**given), caller or place.ledger.caller)


def _missing(uri: str, message: str) -> MCPError:
    return MCPError(types.INVALID_PARAMS, message, {"uri": uri})
