"""A network made from another by a few changes: what they leave alone is taken over, not derived anew."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import compress

import numpy as np

from vespera_core.analysis.arrays import Ints, Rows, ints, mask_of
from vespera_core.analysis.network import Derived, Network, Origin
from vespera_core.model.graph import GraphNode

Changes = Mapping[str, GraphNode | None]
"""Tasks by id as they are to be, None for those that are gone."""


def overlaid(base: Network, changes: Changes, rows: Mapping[str, Iterable[str]]) -> Derived:
    """The tasks of `base` but for the changes, with its dependencies but for the rows that are given anew."""
    gone = [base.number_of[one] for one, node in changes.items() if node is None and one in base.number_of]
    new = {one: node for one, node in changes.items() if node is not None and one not in base.number_of}
    ids, nodes = list(base.ids), list(base.nodes)
    for one, node in changes.items():
        if node is not None and one in base.number_of:
            nodes[base.number_of[one]] = node
    fates = np.arange(len(base))
    if gone or new:
        kept = ~mask_of(len(base), gone)
        ids, nodes = list(compress(ids, kept.tolist())), list(compress(nodes, kept.tolist()))
        added = sorted(new)
        places = [bisect_left(ids, one) for one in added]
        fates = np.where(kept, np.cumsum(kept) - 1, -1)
        fates[kept] += np.cumsum(np.bincount(ints(places), minlength=len(ids) + 1))[:-1]
        for count, (place, one) in enumerate(zip(places, added, strict=True)):
            ids.insert(place + count, one)
            nodes.insert(place + count, new[one])
    origin = Origin(base, fates, len(ids))
    made = Derived(origin, tuple(ids) if gone or new else base.ids, tuple(nodes))
    made.changed = [made.number_of[one] for one, node in changes.items() if node is not None]
    made.needs = _needs(made, rows)
    return made


def _needs(made: Derived, rows: Mapping[str, Iterable[str]]) -> Rows:
    """The dependencies of the origin in the numbers of `made`, with some rows replaced."""
    origin, base = made.origin, made.origin.network
    if not rows and made.ids is base.ids:
        return base.needs
    sources, targets = origin.fates[base.needs.owners], origin.fates[base.needs.items]
    replaced = mask_of(len(made) + 1, [made.number_of[one] for one in rows if one in made.number_of])
    kept = (sources >= 0) & (targets >= 0) & ~replaced[sources]
    fresh = _numbered(made, rows)
    return Rows.of(
        len(made), np.concatenate((sources[kept], fresh[:, 0])), np.concatenate((targets[kept], fresh[:, 1]))
    )


def _numbered(made: Derived, rows: Mapping[str, Iterable[str]]) -> Ints:
    pairs = [
        (made.number_of[source], made.number_of[target])
        for source, needed in rows.items()
        for target in needed
        if source in made.number_of and target in made.number_of
    ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)
