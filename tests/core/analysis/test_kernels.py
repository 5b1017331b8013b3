"""The kernels: longest chains by layers and by nodes, knots, adjacency."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vespera_core.analysis.arrays import Rows, reached
from vespera_core.analysis.knots import knots
from vespera_core.analysis.layers import Layers, depths

from .graphs import dosed

dags = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)).map(lambda pair: (max(pair), min(pair))), max_size=30)
COUNT = 12


def rows_of(pairs: list[tuple[int, int]], count: int = COUNT) -> Rows:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Rows.of(count, table[:, 0], table[:, 1])


def sums_by_hand(pairs: list[tuple[int, int]], weights: list[int], floor: list[int]) -> list[int]:
    sums: list[int] = []
    for at in range(COUNT):
        sums.append(weights[at] + max([floor[at], *(sums[two] for one, two in pairs if one == at)]))
    return sums


@pytest.mark.parametrize("cost", [0.0, 1e9])
@given(dags, st.randoms(use_true_random=False))
@dosed
def test_both_kernels_give_longest_chains(cost: float, pairs: list[tuple[int, int]], random: Random) -> None:
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    rows = rows_of(pairs)
    weights, floor = ([random.randrange(9) for _ in range(COUNT)] for _ in range(2))
    layers = Layers(rows, depths(rows)[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vespera_core.analysis.layers._LAYER_COST", cost)
        assert layers.thin == (cost > 0)
        given_ = np.array(weights), np.array(floor)
        assert layers.longest(*given_).tolist() == sums_by_hand(pairs, weights, floor)
        assert layers.longest(given_[0]).tolist() == sums_by_hand(pairs, weights, [0] * COUNT)
    samples = np.stack([given_[0], 2 * given_[0]], axis=1).astype(np.float64)
    assert layers.longest(samples)[:, 1].tolist() == [2 * one for one in sums_by_hand(pairs, weights, [0] * COUNT)]


@given(dags, st.randoms(use_true_random=False))
@dosed
def test_any_numbering_that_rises_is_a_layering(pairs: list[tuple[int, int]], random: Random) -> None:
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    weights = [random.randrange(9) for _ in range(COUNT)]
    layers = Layers(rows_of(pairs), np.arange(COUNT))
    assert layers.longest(np.array(weights)).tolist() == sums_by_hand(pairs, weights, [0] * COUNT)


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30))
@dosed
def test_knots_are_those_of_floyd_and_warshall(pairs: list[tuple[int, int]]) -> None:
    reach = np.zeros((COUNT, COUNT), dtype=bool)
    for pair in pairs:
        reach[pair] = True
    for middle in range(COUNT):
        reach |= reach[:, [middle]] & reach[[middle], :]
    both = reach & reach.T
    expected = {tuple(np.flatnonzero(both[at]).tolist()) for at in range(COUNT) if both[at, at]}
    assert knots(rows_of(pairs)) == sorted(map(list, expected))
    assert depths(rows_of(pairs))[1] == (not expected)
    for at in range(COUNT):
        assert set(reached(rows_of(pairs), [at])) == {at, *np.flatnonzero(reach[at]).tolist()}


def test_adjacency_counts_repeated_pairs_once() -> None:
    rows = rows_of([(2, 1), (0, 1), (2, 1), (2, 0)], 3)
    assert rows.lists == [[1], [], [0, 1]]
    assert rows.turned.lists == [[2], [0, 2], []]
    assert rows_of([], 0).turned.lists == []


def test_a_circle_of_many_thousands_is_one_knot() -> None:
    count = 100_000
    assert knots(rows_of([(at, (at + 1) % count) for at in range(count)], count)) == [list(range(count))]
