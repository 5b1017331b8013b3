"""The observer port: who is told what is being done, so that it can be timed, counted and traced.

The core says when a piece of work begins and how it ended, and knows nothing of what comes of that. Where nobody
observes, it says nothing and pays nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal

from vespera_core.model.record import record
from vespera_core.ports.access import Caller

Kind = Literal["operation", "projection", "embedding", "service", "run", "delivery"]


@record(frozen=True, slots=True, kw_only=True)
class Activity:
    """A piece of work that begins.

    `name` says which: that of the operation (``task.create``), of the projection (``vectors/chroma``), of the model, of
    the service, or of the executor of a run; of a delivery to somebody outside how it ended, ``ok``, ``retry`` or
    ``dead``. `input` is the input of an operation, with all that its caller wrote:
    what an observer passes on of it is the observer's responsibility. `task_id` is the task of a run. `causes` are the
    traces of what led to the work, as events keep them: of the events of a batch, or of the claim behind a run.
    """

    kind: Kind
    name: str
    caller: Caller | None = None
    input: Any = None
    task_id: str | None = None
    causes: tuple[str, ...] = ()


class Ongoing(ABC):
    """What an observer makes of a piece of work, until it has ended."""

    trace: str | None = None
    """The W3C ``traceparent`` of the work, for the events that it causes; None where it is not traced."""

    @abstractmethod
    def end(self, answer: Any, error: BaseException | None) -> None:
        """Called once, on the thread that did the work: with what it answered, or with the error that ended it."""


class Observer(ABC):
    """Told of everything that one open workspace does. Called from any thread; it must neither wait nor write."""

    @abstractmethod
    def begin(self, activity: Activity) -> Ongoing | None:
        """A piece of work begins; None: this observer does not care how it ends.

        Raising, here or in `end`, is logged and stops nothing.
        """
