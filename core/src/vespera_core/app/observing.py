"""Observing: telling the observers of a workspace what is done in it. What they do wrong disturbs nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from vespera_core.app.call import Call
from vespera_core.app.vault.hiding import veiled
from vespera_core.model.jsontext import parse_object
from vespera_core.model.sensitive import holds_plain
from vespera_core.ports.observer import Activity

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.access import Caller
    from vespera_core.ports.observer import Observer, Ongoing
    from vespera_core.ports.operation import Operation

T = TypeVar("T")

MAX_CAUSES: Final = 32
"""Traces of a batch that are named; a batch may hold events of a thousand."""

VARIABLE: Final = "TRACEPARENT"
"""The environment variable in which a process is told the trace that it belongs to."""

_TRACE: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Observation:
    """A piece of work that observers were told of. `trace` is that of the first observer who traces it."""

    def __init__(self, observers: Iterable[Observer], activity: Activity) -> None:
        self._begun = [one for observer in observers if (one := _begun(observer, activity)) is not None]
        self.trace = next((one.trace for one in self._begun if one.trace is not None), None)

    def end(self, answer: Any = None, error: BaseException | None = None) -> None:
        """Tell them how it ended."""
        for one in reversed(self._begun):
            try:
                one.end(answer, error)
            except Exception as failure:
                _complain(failure)


def observed(observers: Collection[Observer], activity: Activity, work: Callable[[Caller | None], T]) -> T:
    """Do `work`, told to the observers; it is given the caller with the trace that its events are to carry."""
    caller = activity.caller
    if not observers:
        return work(caller)
    observation = Observation(observers, activity)
    if caller is not None and observation.trace is not None:
        caller = replace(caller, trace=observation.trace)
    try:
        answer = work(caller)
    except BaseException as error:
        observation.end(None, error)
        raise
    observation.end(answer)
    return answer


def observed_call(kernel: Kernel, operation: Operation, request: Any, caller: Caller, key: str | None) -> Any:
    """Perform an operation, told to the kernel's observers, who see nothing that is to be sealed."""
    shown = veiled(request) if operation.kind == "write" and holds_plain(request) else request
    activity = Activity(kind="operation", name=operation.name, caller=caller, input=shown)
    return observed(
        kernel.observers, activity, lambda known: Call(kernel, operation, request, known or caller, key).perform()
    )


def causes(contexts: Iterable[str]) -> tuple[str, ...]:
    """The traces that the contexts of events name, each once, the last ones where there are many."""
    found: dict[str, None] = {}
    for context in contexts:
        if '"trace"' in context and (trace := trace_of(parse_object(context).get("trace"))):
            found.pop(trace, None)
            found[trace] = None
    return tuple(found)[-MAX_CAUSES:]


def trace_of(said: object) -> str | None:
    """The same where it is a ``traceparent`` of version 0 (W3C Trace Context, section 3.2.2), else None."""
    return said if isinstance(said, str) and _TRACE.fullmatch(said) else None


def _begun(observer: Observer, activity: Activity) -> Ongoing | None:
    try:
        return observer.begin(activity)
    except Exception as failure:
        _complain(failure)
        return None


def _complain(failure: Exception) -> None:
    import logging  # short commands, which nobody observes, do without

    logging.getLogger("vespera.observing").error("an observer failed", exc_info=failure)
