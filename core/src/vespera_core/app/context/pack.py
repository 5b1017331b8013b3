"""The operation: gather, ask the search for what is alike, fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vespera_core.app.context.answers import ContextAnswer
from vespera_core.app.context.fitting import fitted
from vespera_core.app.context.gathering import gathered
from vespera_core.app.context.limits import needed_by, role_of, role_section
from vespera_core.app.context.requests import TaskContext
from vespera_core.app.context.sections import Section, item
from vespera_core.app.session import Session
from vespera_core.errors import EmbedderFault, EngineFault, InvalidInput, PluginFault
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import Task
from vespera_core.model.tokens import estimated_tokens
from vespera_core.model.workflow import COMPLETED
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

LEAST, MOST = 200, 100_000
_ALIKE: Final = 0.5
"""Finished tasks that are less alike than this (cosine) teach nothing about one."""
_LOOKED_AT, _NAMED = 30, 5
_NEEDED: Final = 5
"""Sections that come before the role's limits: the task, its goal, the work, its acceptance, the last checkpoint."""


def task_context(kernel: Kernel, request: TaskContext, caller: Caller) -> ContextAnswer:
    """A briefing on a task. The same ledger, caller and request give the same bytes. Raises NotFound, InvalidInput."""
    check_context(request)
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        task = session.task(request.task_id)
        sections, position = gathered(session, task, request.since), reader.position()
    needed, further = sections[:_NEEDED], sections[_NEEDED:]
    role = role_of(kernel, request.role, task.role)
    told_all = [*needed, role_section(role), *further, _alike(kernel, task)]
    text, told = fitted(told_all, request.budget, needed_by(role))
    return ContextAnswer(
        task_id=task.task_id, text=text, tokens=estimated_tokens(text), budget=request.budget, sections=told,
        position=position,
    )  # fmt: skip


def check_context(request: TaskContext) -> None:
    """Raises InvalidInput for what no briefing can be made of, whatever the task."""
    for field, value, least, most in (
        ("budget", request.budget, LEAST, MOST), ("since", request.since or 0, 0, 2**62),
    ):  # fmt: skip
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InvalidInput(f"{field} is a whole number from {least:,} to {most:,}, not {value!r}.", field=field)


def _alike(kernel: Kernel, task: Task) -> Section:
    """Finished tasks that are like it, with what came of them; none where there is no model to tell."""
    from vespera_core.app.search.channels import caught_up
    from vespera_core.app.search.likeness import tasks_like

    try:
        caught_up(kernel)
        found = tasks_like(kernel, task, _LOOKED_AT, TaskQuery())  # without a filter: the vectors are at hand then
    except (EmbedderFault, EngineFault, PluginFault):
        found = []
    ids = [one.task_id for one in found if one.status == COMPLETED and one.likeness >= _ALIKE][:_NAMED]
    with kernel.storage.read() as reader:
        rows = reader.tasks(ids).values()
    pieces = tuple(item(f"{one.task_id}: {one.title}", one.close_reason or "") for one in rows)
    return Section("similar", "## Finished work like it", pieces, f"vespera similar {task.task_id}")
