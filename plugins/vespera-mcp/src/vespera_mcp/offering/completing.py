"""Completing: ids and names that begin as a person has begun to type them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import mcp_types as types

from vespera_core.app.requests import ListProjects, ListTasks, TaskRef
from vespera_core.errors import VesperaError

if TYPE_CHECKING:
    from vespera_core.ports.access import Caller
    from vespera_mcp.workspaces import Place, Workspaces

_MOST: Final = 100
"""Values of one completion, by the protocol."""
_LOOKED_AT: Final = 500
"""Tasks whose titles are looked at, the last changed first; ids are found among all."""


async def completed(
    workspaces: Workspaces, caller: Caller | None, params: types.CompleteRequestParams
) -> types.CompleteResult:
    """What an argument of a prompt or a part of an address may be, for what has been typed of it."""
    try:
        place = await workspaces.place(None)
        found = list(dict.fromkeys(await _found(place, caller or place.ledger.caller, params)))
    except VesperaError:
        found = []
    return types.CompleteResult(
        completion=types.Completion(values=found[:_MOST], total=len(found), has_more=len(found) > _MOST)
    )


async def _found(place: Place, caller: Caller, params: types.CompleteRequestParams) -> Iterable[str]:
    name, typed = params.argument.name, params.argument.value[:200]
    is_project = name == "project_id" or (
        isinstance(params.ref, types.ResourceTemplateReference) and "/project/" in params.ref.uri
    )
    if is_project:
        answer = await place.bridge.call("project.list", ListProjects(), caller)
        return [one.project_id for one in answer.projects if one.project_id.startswith(typed)]
    return await _tasks(place, caller, typed) if name in ("id", "task_id") else []


async def _tasks(place: Place, caller: Caller, typed: str) -> list[str]:
    """Ids that begin so, and those of tasks whose title has it."""
    page = await place.bridge.call("task.list", ListTasks(sort="updated", limit=_LOOKED_AT), caller)
    low = typed.lower()
    begun = [one.task_id for one in page.tasks if one.task_id.startswith(typed)]
    spoken = [one.task_id for one in page.tasks if low in one.title.lower()]
    return [*begun, *await _elsewhere(place, caller, typed, bool(begun)), *spoken]


async def _elsewhere(place: Place, caller: Caller, typed: str, known: bool) -> list[str]:
    """Ids that begin so among tasks that were not looked at: the ledger names some of them where there are several."""
    if known or not typed:
        return []
    try:
        answer = await place.bridge.call("task.get", TaskRef(task_id=typed), caller)
    except VesperaError as error:
        return list(error.details.get("candidates", ()))
    return [answer.task.task_id]
