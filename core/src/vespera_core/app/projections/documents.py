"""The texts of a task that are compared: its title, and its document, which plugins may write."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from vespera_core.builtin.document import document
from vespera_core.model.jsontext import canonical
from vespera_core.model.task import Task
from vespera_core.plugins.manager import Plugins

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

HOOK: Final = "vespera_task_document"


class Texts(NamedTuple):
    """What is embedded of a task: the title alone, and the title with the document."""

    title: str
    full: str

    @property
    def content_hash(self) -> str:
        """SHA-256 over both texts, which are kept apart."""
        return sha256(canonical([self.title, self.full]).encode()).hexdigest()


def texts_of(plugins: Plugins, task: Task) -> Texts:
    """A task's texts, with the document of the plugin that was installed last and has an opinion."""
    body = _document(plugins, task).strip()
    return Texts(task.title, f"{task.title}\n{body}" if body else task.title)


def joined(titles: Matrix, fulls: Matrix, title_weight: float) -> Matrix:
    """The vectors of tasks from those of their titles and of their whole texts: rows of length 1, or of zeros."""
    import numpy as np

    sums = title_weight * titles + fulls
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    rows: Matrix = (sums / np.where(norms > 0, norms, 1)).astype(np.float32)
    return rows


def _document(plugins: Plugins, task: Task) -> str:
    for plugin, answer in reversed(list(plugins.call_each(HOOK, task=task))):
        if isinstance(answer, str):
            return answer
        if answer is not None:
            fault = answer if isinstance(answer, Exception) else TypeError(f"it answered {answer!r}, which is no text")
            plugins.fail(plugin, HOOK, fault)
    return document(task)


def authors(plugins: Plugins) -> str:
    """Whose documents are embedded, with versions: other authors write other texts."""
    writing = [one for one in plugins.statuses if HOOK in one.hooks]
    return ", ".join(f"{one.name} {one.version}" for one in writing)
