"""Which open tasks can be worked on now, by the same rules as the ready queue.

A task is ready when its status is one to be taken up, every prerequisite is closed, no child is open, no open ancestor
is blocked or held by hand, and nothing up the tree is put off. Leases are not looked at: what somebody holds is being
worked on.
"""

from __future__ import annotations

import numpy as np

from vespera_core.analysis.arrays import Ints, Mask, Rows
from vespera_core.analysis.network import NEVER, Network
from vespera_core.model.basics import Micros
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class Standing:
    """By task number: `free` waits for no open task and no hand, `ready` can be worked on now.

    `blockers` counts open prerequisites, `held` says that an ancestor is in the way, and `open` which tasks are open.
    """

    open: Mask
    blockers: Ints
    held: Mask
    free: Mask
    ready: Mask


def standing(network: Network, now: Micros, *, closed: Mask | None = None, gone: Mask | None = None) -> Standing:
    """How all tasks stand at a moment, as if those in `closed` were completed, and those in `gone` deleted."""
    shut = np.zeros(len(network), dtype=np.bool_)
    for mask in (closed, gone):
        shut = shut if mask is None else shut | mask
    open_ = network.open & ~shut
    category, defer = network.category, network.deferral
    blockers = _open_among(network.needs, open_)
    imposing = open_ & ((blockers > 0) | (category == "held"))
    held = _above(network.parent, imposing).astype(np.bool_)
    wait = np.maximum(_above(network.parent, np.where(open_, defer, NEVER)), defer)
    free = open_ & (blockers == 0) & (_open_among(network.children, open_) == 0) & ~held & (category != "held")
    ready = free & (category == "todo") & (wait <= now)
    return Standing(open=open_, blockers=blockers, held=held, free=free, ready=ready)


def _open_among(rows: Rows, open_: Mask) -> Ints:
    """How many of each row's neighbours are open."""
    return np.bincount(rows.owners[open_[rows.items]], minlength=len(open_))


def _above(parent: Ints, values: Ints | Mask) -> Ints:
    """The greatest value among each task's ancestors, found in rounds that each double the steps looked up."""
    top = np.append(parent, -1)
    own = np.append(values.astype(np.int64), NEVER if values.dtype != np.bool_ else 0)
    best = own[top]
    for _ in range(len(parent).bit_length() + 1):
        best = np.maximum(best, best[top])
        top = top[top]
    found: Ints = best[:-1]
    return found
