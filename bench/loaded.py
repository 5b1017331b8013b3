"""A child process that asks a workspace everything, and says how much memory that took at most.

``python -m bench.loaded ours|raw FOLDER``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.filler import peak_mb


def ours(folder: Path) -> Iterator[str]:
    """Through the API, by the back ends that are there unasked; each step by its name once it is done."""
    from bench.stores import opened, task_id

    with opened(folder) as ledger:
        ledger.tasks.ready()
        yield "open"
        assert ledger.kernel.engines.catch_up(600).complete
        yield "vectors"
        for mode in ("text", "semantic", "hybrid"):
            assert ledger.search("cache the session token", mode=mode).tasks
        ledger.search.similar(task_id(1))
        yield "search"
        ledger.graph.metrics()
        ledger.graph.dependencies(task_id(1))
        yield "graph"
        ledger.graph.critical_path()
        yield "critical path"


def raw(folder: Path) -> Iterator[str]:
    """The same rows, held by the libraries alone."""
    import sqlite3

    store = sqlite3.connect(folder / ".vespera" / "vespera.db")
    ids = {task_id: at for at, (task_id,) in enumerate(store.execute("SELECT task_id FROM task"))}
    yield "open"

    import numpy as np

    vectors = [np.frombuffer(vector, "<f4") for (vector,) in store.execute("SELECT vector FROM embedding")]
    held: list[Any] = [np.stack(vectors)]
    del vectors
    yield "vectors"

    import rustworkx

    graph: rustworkx.PyDiGraph[Any, Any] = rustworkx.PyDiGraph()
    graph.add_nodes_from(list(ids.values()))
    pairs = store.execute("SELECT source, target FROM relation WHERE kind = 'depends_on'")
    graph.extend_from_edge_list([(ids[target], ids[source]) for source, target in pairs])
    held.append(rustworkx.dag_longest_path(graph))
    yield "graph"


def main() -> None:
    """Ask, and print one line of JSON."""
    kind, folder = sys.argv[1], Path(sys.argv[2])
    steps = {"start": round(peak_mb(), 1)}
    for step in (ours if kind == "ours" else raw)(folder):
        steps[step] = round(peak_mb(), 1)
    print(json.dumps({"peak_mb": round(peak_mb(), 1), "steps": steps}))


if __name__ == "__main__":
    main()
