"""The network that analysis works on: made once for each position of the log, and what every handler does with it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

from vespera_core.app.graph.checks import check_types
from vespera_core.app.session import Session
from vespera_core.errors import EngineFault
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.analysis.network import Network
    from vespera_core.app.engines.cache import Cache
    from vespera_core.app.kernel import Kernel
    from vespera_core.model.graph import Structure
    from vespera_core.ports.graph import Graph

T = TypeVar("T")

TITLES: Final = 200
"""An answer names at most so many titles: a schedule of 100,000 tasks is for programs, which have the ids."""


class Source(NamedTuple):
    """The network that one answer is worked out on, from the first look to the last: the log may move on meanwhile.

    `reason` says why it does not come from the configured graph; empty where it does.
    """

    kernel: Kernel
    network: Network
    reason: str


class _StoodIn(Exception):
    """The configured graph could not be asked, and why."""


def source_of(kernel: Kernel) -> Source:
    """Everything, as it is now.

    Laying out a network costs more than most questions, so the last one is kept until the log moves on. One of the
    in-process graph does not pass for one of the configured graph: that is asked again each time until it answers.
    """
    with kernel.storage.read() as reader:
        position = reader.position()
    kept: Cache[Network] = kernel.engines.cache("networks", 1)
    try:
        return Source(kernel, kept.get(position, None, "configured", lambda: _configured(kernel)), "")
    except _StoodIn as error:
        return Source(kernel, kept.get(position, None, "in-process", lambda: _in_process(kernel)), str(error))


def _configured(kernel: Kernel) -> Network:
    graph = kernel.engines.graph()
    try:
        structure = graph.structure()
    except EngineFault as error:
        raise _StoodIn(error.message) from error
    if reason := _stand_in(graph):
        raise _StoodIn(reason)
    return _laid_out(structure)


def _in_process(kernel: Kernel) -> Network:
    return _laid_out(kernel.engines.memory_graph().structure())


def _laid_out(structure: Structure) -> Network:
    from vespera_core.analysis.network import Network

    return Network(structure)


def _stand_in(graph: Graph) -> str:
    """Why another graph has answered in the place of this one."""
    from vespera_core.app.engines.answering import SwitchedGraph

    return graph.switch.reason if isinstance(graph, SwitchedGraph) else ""


class _OfProject(Protocol):
    """A request that may be about a project."""

    @property
    def project_id(self) -> str | None: ...


def in_project(kernel: Kernel, caller: Caller, request: _OfProject) -> str | None:
    """The project that a request is about.

    Raises NotFound for one that is not there, and InvalidInput for a request with a value of another type than it has.
    """
    check_types(request)
    if request.project_id is not None:
        with kernel.storage.read() as reader:
            Session(reader, caller, kernel.clock()).project(request.project_id)
    return request.project_id


def task_id_of(kernel: Kernel, caller: Caller, reference: str) -> str:
    """The id of the live task of an id or unique prefix. Raises NotFound or AmbiguousId."""
    with kernel.storage.read() as reader:
        return Session(reader, caller, kernel.clock()).task(reference).task_id


def answered(source: Source, kind: type[T], result: Any) -> T:
    """A result that was worked out on a source, as the answer of an operation."""
    values = {name: getattr(result, name) for name in result.__dataclass_fields__}
    make: Any = kind
    answer: T = make(**values, **seen(source, result))
    return answer


def seen(source: Source, *found: Any) -> dict[str, Any]:
    """The values of `Seen` for an answer that holds these results of a source."""
    ids = list(islice(_named(found, source.network), TITLES))
    with source.kernel.storage.read() as reader:
        titles = {task_id: task.title for task_id, task in reader.tasks(ids).items()}
    return {
        "titles": titles,
        "position": source.network.structure.position,
        "stand_in_reason": source.reason or None,
    }


def _named(values: tuple[Any, ...], network: Network) -> Iterator[str]:
    """The ids of tasks in results, each once, in the order in which they stand there."""
    known, found, stack = network.number_of, set[str](), list(reversed(values))
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            if value in known and value not in found:
                found.add(value)
                yield value
        elif isinstance(value, tuple | list):
            stack.extend(reversed(value))
        elif hasattr(value, "__dataclass_fields__"):
            stack.extend(getattr(value, name) for name in reversed(value.__dataclass_fields__))
