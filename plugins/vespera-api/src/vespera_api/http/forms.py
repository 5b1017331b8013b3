"""Forms: bodies that say more than fields, since what they leave out counts as well.

Both are proven by If-Match: what was read is the version that will be written over, or nothing is written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from vespera_api.problems import HttpProblem
from vespera_core.app.requests import ProjectRef, TaskRef, UpdateTasks
from vespera_core.errors import VersionConflict
from vespera_core.model.basics import UNSET
from vespera_core.model.sensitive import SENSITIVE
from vespera_core.model.task import DEFAULTS

Ask = Callable[[str, Any], Awaitable[Any]]
"""Performs an operation as the caller."""

_KEPT: Final = ("title", "status")
_REPLACED: Final = tuple(
    name for name in UpdateTasks.__dataclass_fields__
    if name in DEFAULTS and name not in _KEPT
)  # fmt: skip


async def merged(request: Any, ask: Ask) -> Any:
    """A merge patch (RFC 7396): objects within are merged into what is there, and null takes a member away."""
    if not request.metadata or request.metadata is UNSET:
        return request
    found = await _current(request, ask)
    version = _agreed(request, found.version)
    whole = merge(found.metadata, request.metadata)
    if SENSITIVE in whole and SENSITIVE in request.metadata:
        whole[SENSITIVE] = request.metadata[SENSITIVE]  # it is sealed: nobody knows what it would be merged into
    return replace(request, metadata=whole, expected_version=version)


async def replaced(request: Any, ask: Ask) -> Any:
    """The whole task anew: what is not given gets what a new task has. The status follows its own paths."""
    if request.title is UNSET:
        raise HttpProblem(422, "invalid_input", "title: a task that is put as a whole has a title.")
    left_out = {name: DEFAULTS[name] for name in _REPLACED if getattr(request, name) is UNSET}
    found = await _current(request, ask)
    return replace(request, **left_out, expected_version=_agreed(request, found.version))


def merge(old: Any, patch: Any) -> Any:
    """RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


async def _current(request: Any, ask: Ask) -> Any:
    if isinstance(request, UpdateTasks):
        return (await ask("task.get", TaskRef(task_id=request.task_ids[0]))).task
    return (await ask("project.get", ProjectRef(project_id=request.project_id))).project


def _agreed(request: Any, version: int) -> int:
    """The version to be written over. Raises VersionConflict where the caller saw another."""
    if request.expected_version not in (None, version):
        raise VersionConflict(
            f"It has version {version} now, not {request.expected_version}.", version=version,
            expected=request.expected_version,
        )  # fmt: skip
    return version


FORMS: Final = {"merge": merged, "replace": replaced}
"""What becomes of a request whose route has a form."""
