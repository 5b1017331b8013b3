"""The part of the graph that is drawn: bounded, the critical path first, and then what hangs on what is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from vespera_core.app.graph.answers import PictureAnswer, PictureNode
from vespera_core.app.graph.checks import check_count
from vespera_core.app.graph.network import in_project, seen, source_of, task_id_of
from vespera_core.app.graph.requests import AskPicture
from vespera_core.model.basics import Micros
from vespera_core.model.graph import Edge, GraphNode
from vespera_core.model.task import PRIORITIES
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.analysis.network import Network
    from vespera_core.app.kernel import Kernel

_MOST = 5_000
_MOST_HOPS = 1_000

Links: TypeAlias = Mapping[str, list[str]]
"""The tasks at the other ends of a task's arrows, of any kind and direction."""


def picture(kernel: Kernel, request: AskPicture, caller: Caller) -> PictureAnswer:
    """Tasks to be drawn, and the arrows between them."""
    from vespera_core.analysis.schedule import critical_path

    project_id = in_project(kernel, caller, request)
    limit, hops = check_count("limit", request.limit, most=_MOST), check_count("hops", request.hops, 0, _MOST_HOPS)
    centre = None if request.around is None else task_id_of(kernel, caller, request.around)
    source = source_of(kernel)
    network = source.network
    wanted = _wanted(network, project_id, centre, closed=request.closed)
    edges = [edge for edge in network.structure.edges if edge.source in wanted and edge.target in wanted]
    links = _links(edges)
    if centre is not None:
        near = _near(links, centre, hops)
        wanted = {one: node for one, node in wanted.items() if one in near}
    critical = [one.task_id for one in critical_path(network, project_id).tasks]
    first = [one for one in (*([centre] if centre else []), *critical) if one in wanted]
    chosen = _chosen(links, first, wanted, limit)
    return PictureAnswer(
        nodes=_nodes(kernel, network, chosen, set(critical)),
        edges=tuple(edge for edge in edges if edge.source in chosen and edge.target in chosen),
        total=len(wanted),
        **seen(source),
    )


def _wanted(network: Network, project_id: str | None, centre: str | None, *, closed: bool) -> dict[str, GraphNode]:
    return {
        node.task_id: node
        for node in network.nodes
        if node.task_id == centre or ((node.open or closed) and project_id in (None, node.project_id))
    }


def _links(edges: Iterable[Edge]) -> Links:
    links: dict[str, list[str]] = {}
    for source, _, target in edges:
        links.setdefault(source, []).append(target)
        links.setdefault(target, []).append(source)
    return links


def _near(links: Links, centre: str, hops: int) -> set[str]:
    """The tasks within so many arrows of one."""
    found, level = {centre}, {centre}
    for _ in range(hops):
        level = {after for one in level for after in links.get(one, ())} - found
        found |= level
    return found


def _chosen(links: Links, first: list[str], wanted: Mapping[str, GraphNode], limit: int) -> set[str]:
    """The first ones and what hangs on these, then what else hangs together, then the most urgent of the rest.

    Of what hangs together, tasks with the most arrows come first: a bounded picture shows pieces, not splinters.
    """
    joined = sorted(links.keys() & wanted.keys(), key=lambda one: (-len(links[one]), one))
    loose = sorted(wanted.keys() - links.keys(), key=lambda one: (wanted[one].priority, one))
    found = dict.fromkeys(first)
    queue = list(found)
    for start in chain([None], joined, loose):
        queue.extend([] if start is None or start in found else [start])
        found.update(dict.fromkeys(queue))
        for at in queue:
            if len(found) >= limit:
                return set(list(found)[:limit])
            fresh = [one for one in links.get(at, ()) if one in wanted and one not in found]
            found.update(dict.fromkeys(fresh))
            queue.extend(fresh)
        queue.clear()
    return set(list(found)[:limit])


def _nodes(kernel: Kernel, network: Network, chosen: set[str], critical: set[str]) -> tuple[PictureNode, ...]:
    from vespera_core.analysis.ready import standing

    ready = standing(network, Micros(kernel.clock())).ready
    with kernel.storage.read() as reader:
        rows = reader.tasks(sorted(chosen))

    def drawn(one: str) -> PictureNode:
        node = network.nodes[network.number_of[one]]
        return PictureNode(
            task_id=one, title=rows[one].title if one in rows else "", status=node.status, type=node.type,
            priority=PRIORITIES[node.priority], open=node.open, ready=bool(ready[network.number_of[one]]),
            critical=one in critical,
        )  # fmt: skip

    return tuple(map(drawn, sorted(chosen)))
