"""Confining: what members of projects are not shown of others, whatever operation they ask.

Who may ask about a project is judged before; but tasks hang on tasks of other projects, and an answer names what hangs
on what. Here, after every operation, all that belongs elsewhere is taken out of the answer, or of the error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.policy.capabilities import is_granted
from vespera_core.app.policy.standing import EVERYWHERE, Standing, standing_of
from vespera_core.errors import PermissionDenied, VesperaError
from vespera_core.model.project import Project
from vespera_core.model.record import record
from vespera_core.model.task import Task
from vespera_core.ports.access import AccessRequest
from vespera_core.ports.format import Comment

if TYPE_CHECKING:
    from collections.abc import Callable

    from vespera_core.app.kernel import Kernel
    from vespera_core.model.event import Event
    from vespera_core.ports.access import Caller
    from vespera_core.ports.storage import Reader, Storage

ELSEWHERE: Final = "a task of another project"

_TOKEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~@+#-]{0,127}")
_AS_WRITTEN: Final = (Project, Comment)
"""What people wrote of visible things is shown as they wrote it. Of a task, only what it refers to is looked at."""


def bounds_of(asked: AccessRequest, standing: Standing) -> frozenset[str] | None:
    """The projects that a caller may know of; None for whoever is held to none.

    They are those that it works in or was granted anything in, unless it may do everywhere what it asks for.
    """
    everywhere = (one.data["action"] for one in standing.grants if one.project_id == EVERYWHERE)
    if asked.owner or any(is_granted(one, asked.operation, asked.action) for one in everywhere):
        return None
    return frozenset(one.project_id for one in (*standing.members, *standing.grants) if one.project_id) or None


def bounds_now(kernel: Kernel, operation: str, caller: Caller) -> frozenset[str] | None:
    """The same as things stand now, for what is told later than it was asked for."""
    asked = AccessRequest(
        actor=caller.actor, origin=caller.origin, action=kernel.operations[operation].action, operation=operation,
        input=None, role=caller.role, owner=caller.is_owner,
    )  # fmt: skip
    with kernel.storage.read() as reader:
        return bounds_of(asked, standing_of(reader, caller.actor))


def confined(reader: Reader, events: Sequence[Event], projects: frozenset[str]) -> list[Event | None]:
    """Events as those are shown them who may know of these projects alone; None for one that lies elsewhere."""
    return _Shown(reader, projects, tuple(events)).each()


@record(frozen=True, slots=True)
class Bounds:
    """Holds one call to the projects that its caller may know of."""

    projects: frozenset[str]
    about: str | None
    storage: Storage

    def keep(self, request: Any, caller: Caller, work: Callable[[Any, Caller], Any]) -> Any:
        """What `work` answers to the request narrowed to the one project that it is about, without what is elsewhere.

        Raises what it raises, without what is elsewhere as well.
        """
        if self.about is not None and getattr(request, "project_id", self.about) is None:
            request = replace(request, project_id=self.about)
        try:
            answer = work(request, replace(caller, within=self.projects))
        except VesperaError as error:
            raise self._told(error) from None
        with self.storage.read() as reader:
            return _Shown(reader, self.projects, answer).whole()

    def _told(self, error: VesperaError) -> VesperaError:
        with self.storage.read() as reader:
            shown = _Shown(reader, self.projects, (error.message, error.next, error.details))
            error.message, error.next, error.details = (shown.part(one) for one in shown.root)
        error.args = (error.message,)
        return error


class _Shown:
    """An answer without what belongs to other projects."""

    def __init__(self, reader: Reader, projects: frozenset[str], root: Any) -> None:
        self.root = root
        self._projects = projects
        self._others = {one.project_id for one in reader.projects()} - projects
        rows = reader.tasks(sorted(set(_names(root))))
        self._hidden = {one: row.title for one, row in rows.items() if row.project_id not in projects}

    def whole(self) -> Any:
        """All of the answer. Raises PermissionDenied where what it is about lies elsewhere."""
        if self._is_hidden(self.root):
            raise PermissionDenied(f"The answer is about {ELSEWHERE}.", policy="builtin")
        return self.part(self.root)

    def each(self) -> list[Any]:
        """All that it consists of, in its order; None in the place of what lies elsewhere."""
        return [None if self._is_hidden(one) else self.part(one) for one in self.root]

    def part(self, value: Any) -> Any:
        """A part of it."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return {key: self.part(one) for key, one in value.items() if not self._is_hidden(key)}
        if isinstance(value, tuple):
            kept = [self.part(one) for one in value if not self._is_hidden(one)]
            return type(value)(*kept) if hasattr(value, "_fields") else tuple(kept)
        if isinstance(value, list):  # JSON, where a pair stays a pair
            return [None if self._is_hidden(one) else self.part(one) for one in value]
        if isinstance(value, Task):
            return self._task(value)
        return self._object(value) if _is_object(value) else value

    def _task(self, task: Task) -> Task:
        if not self._hidden.keys() & set(_names(task)):
            return task
        kept = tuple(one for one in task.relations if one.target not in self._hidden)
        parent = None if task.parent_id in self._hidden else task.parent_id
        return replace(task, parent_id=parent, relations=kept)

    def _object(self, value: Any) -> Any:
        changes = {}
        for name in value.__dataclass_fields__:
            old = getattr(value, name)
            new = None if self._is_hidden(old) else self.part(old)
            if new is not old and new != old:
                changes[name] = new
        return replace(value, **changes) if changes else value

    def _is_hidden(self, value: Any) -> bool:
        """Whether a thing is of another project, or about a task that is."""
        if isinstance(value, str):
            return value in self._hidden
        if isinstance(value, (tuple, list)):
            return any(isinstance(one, str) and one in self._hidden for one in value)
        if not hasattr(value, "__dataclass_fields__"):
            return False
        task = getattr(value, "task", None)
        return (
            getattr(value, "project_id", None) in self._others
            or getattr(value, "task_id", None) in self._hidden
            or (isinstance(task, Task) and task.project_id in self._others)
        )

    def _text(self, text: str) -> str:
        for name in sorted(set(_TOKEN.findall(text)) & self._hidden.keys(), key=len, reverse=True):
            text = text.replace(name, ELSEWHERE)
            if title := self._hidden[name].strip():
                text = re.sub(rf"(?<!\w){re.escape(title)}(?!\w)", "...", text)
        return text


def _names(value: Any) -> Iterator[str]:
    """Everything in an answer that may be the id of a task."""
    if isinstance(value, str):
        yield from _TOKEN.findall(value)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _names(key)
            yield from _names(one)
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _names(one)
    elif isinstance(value, Task):
        yield from () if value.parent_id is None else (value.parent_id,)
        yield from (one.target for one in value.relations)
    elif _is_object(value):
        for name in value.__dataclass_fields__:
            yield from _names(getattr(value, name))


def _is_object(value: Any) -> bool:
    return hasattr(value, "__dataclass_fields__") and not isinstance(value, (type, *_AS_WRITTEN))
