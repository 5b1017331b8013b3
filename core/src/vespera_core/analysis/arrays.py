"""The arrays that analysis computes with: their types, and adjacency in compressed rows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]


def ints(values: Iterable[int]) -> Ints:
    """An array of whole numbers."""
    return np.fromiter(values, dtype=np.int64)


class Rows:
    """Adjacency: `items[starts[i]:starts[i + 1]]` are the neighbours of `i`, ascending, each once."""

    def __init__(self, starts: Ints, items: Ints) -> None:
        self.starts = starts
        self.items = items

    @staticmethod
    def of(count: int, rows: Ints, items: Ints) -> Rows:
        """The adjacency of `count` nodes from parallel arrays of row and neighbour; repeated pairs count once."""
        pairs = np.sort(rows * max(count, 1) + items, kind="stable")  # sorting beats np.unique, which hashes
        rows, items = np.divmod(pairs[np.append(pairs[1:] != pairs[:-1], [True])[: len(pairs)]], max(count, 1))
        return Rows._of_sorted(count, rows, items)

    @staticmethod
    def _of_sorted(count: int, rows: Ints, items: Ints) -> Rows:
        starts = np.zeros(count + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=count), out=starts[1:])
        return Rows(starts, items)

    @cached_property
    def owners(self) -> Ints:
        """The row of each item."""
        return np.repeat(np.arange(len(self.starts) - 1), self.degrees)

    @cached_property
    def degrees(self) -> Ints:
        """How many neighbours each row has."""
        return np.diff(self.starts)

    @cached_property
    def turned(self) -> Rows:
        """The same edges seen from their other end."""
        order = np.argsort(self.items, kind="stable")
        return Rows._of_sorted(len(self.starts) - 1, self.items[order], self.owners[order])

    @cached_property
    def lists(self) -> list[list[int]]:
        """The rows as Python lists: what loops over single nodes are fastest on."""
        starts, items = self.starts.tolist(), self.items.tolist()
        return [items[starts[at] : starts[at + 1]] for at in range(len(starts) - 1)]


def reached(rows: Rows, sources: Iterable[int]) -> list[int]:
    """Everything that can be reached from `sources`, these first, nearest first."""
    lists = rows.lists
    found = list(dict.fromkeys(sources))
    seen = set(found)
    for at in found:
        for other in lists[at]:
            if other not in seen:
                seen.add(other)
                found.append(other)
    return found


def mask_of(count: int, chosen: Iterable[int]) -> Mask:
    """True at the chosen places."""
    mask = np.zeros(count, dtype=np.bool_)
    mask[np.fromiter(chosen, dtype=np.int64)] = True
    return mask
