"""Ids of Task Master: a number within a tag, and a number within a task. Ours are ``tag-5`` and ``tag-5.2``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.interchange.words import list_of
from vespera_core.model.basics import check_id
from vespera_core.model.record import record

_LEGACY_TAG: Final = "master"
"""The tag that Task Master itself gives to files from before there were tags."""

_NOT_ID = re.compile(r"[^A-Za-z0-9._~@+#-]+")


@record(frozen=True, slots=True)
class Tag:
    """A tag with its tasks. `slug` is its name as far as ids can carry it."""

    name: str
    slug: str
    tasks: list[Any]
    metadata: dict[str, Any]


@record(frozen=True, slots=True)
class Entry:
    """A task or sub-task where it stands; `parent` is the number of a sub-task's task."""

    tag: Tag
    raw: Any
    where: str
    parent: str | None = None


class Ids:
    """Which ids a file has. `take` goes through its entries in order, and gives repeated ids a ``~2``."""

    def __init__(self, tags: list[Tag]) -> None:
        self._known = {self.plain(entry) for tag in tags for entry in entries_of(tag) if _has_number(entry.raw)}
        self._taken: set[str] = set()
        self._task_id = ""

    def plain(self, entry: Entry) -> str:
        """The id that an entry's numbers make, whether or not another has it."""
        number = number_of(entry.raw)
        if entry.parent is not None and not number.startswith(f"{entry.parent}."):
            number = f"{entry.parent}.{number}"
        return f"{entry.tag.slug}-{number}"

    def take(self, entry: Entry) -> str:
        """The id of the next entry."""
        plain = task_id = check_id("id", self.plain(entry))
        count = 1
        while task_id in self._taken:
            count += 1
            task_id = f"{plain}~{count}"
        self._taken.add(task_id)
        if entry.parent is None:
            self._task_id = task_id
        return task_id

    def of_parent(self) -> str:
        """The id of the task whose sub-tasks are being taken."""
        return self._task_id

    def dependencies(self, entry: Entry) -> Iterator[str]:
        """Ids of what an entry depends on: known ones where there are, else the ids that were meant."""
        for value in list_of(entry.raw.get("dependencies"), "dependencies"):
            number = _number(value, "a dependency")
            task = f"{entry.tag.slug}-{number}"
            if entry.parent is None or "." in number:
                yield task
                continue
            sibling = f"{entry.tag.slug}-{entry.parent}.{number}"
            yield task if sibling not in self._known and task in self._known else sibling


def tags_of(data: object) -> list[Tag]:
    """The tags of a file, in its order; raises InvalidInput for a file that is no tasks.json."""
    if not isinstance(data, dict):
        raise InvalidInput(f"tasks.json holds an object, not {type(data).__name__}.")
    if isinstance(data.get("tasks"), list):
        data = {_LEGACY_TAG: data}
    return [_tag(name, value) for name, value in data.items()]


def _tag(name: str, value: object) -> Tag:
    tasks = value.get("tasks") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(tasks, list):
        raise InvalidInput(f"tag {name!r} has no list of tasks.")
    metadata = value.get("metadata")
    slug = _NOT_ID.sub("-", name).lstrip("._~@+#-") or "tag"
    return Tag(name, slug, tasks, metadata if isinstance(metadata, dict) else {})


def entries_of(tag: Tag) -> Iterator[Entry]:
    """Every task of a tag, each followed by its sub-tasks."""
    for index, raw in enumerate(tag.tasks, 1):
        where = f"{tag.name} task {raw['id'] if _has_number(raw) else f'number {index} of the list'}"
        yield Entry(tag, raw, where)
        subtasks = raw.get("subtasks") if _has_number(raw) else None
        for place, sub in enumerate(subtasks if isinstance(subtasks, list) else (), 1):
            name = f".{sub['id']}" if _has_number(sub) else f", sub-task number {place} of its list"
            yield Entry(tag, sub, where + name, number_of(raw))


def number_of(raw: object) -> str:
    """The number of a task or sub-task, as text."""
    if not isinstance(raw, dict):
        raise InvalidInput(f"a task is an object, not {type(raw).__name__}.")
    if raw.get("id") in (None, ""):
        raise InvalidInput("it has no id.", field="id")
    return _number(raw["id"], "the id")


def _has_number(raw: object) -> bool:
    try:
        return bool(number_of(raw))
    except InvalidInput:
        return False


def _number(value: object, what: str) -> str:
    """``5`` and ``"5.2"`` as text. Some files have 5.2 as a number of JSON."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidInput(f"{what} must be a number or text, not {type(value).__name__}.")
    return str(value).strip()
