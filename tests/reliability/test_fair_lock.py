"""Fairness: with many processes writing at once, each gets its turn."""

from __future__ import annotations

import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random

from reliability.support.dose import dose, say
from reliability.support.processes import Child, Send, children
from reliability.support.workspaces import assert_healthy, events_of
from vespera_core.app.application import Vespera

WRITERS = 8
LARGEST_RATIO = 3.0
"""How many times as often as the slowest the fastest writer may have written."""

LONGEST_WAIT = 20 * WRITERS
"""How many writes of others may lie between two of one writer. In turn it would be 7; a starved one sees thousands."""


def _write_on(folder: Path, name: str, send: Send) -> None:
    with Vespera.open(folder, actor=name) as ledger:
        ledger.tasks.create_task("first")
        send(["open"])
        number = 0
        while True:
            number += 1
            ledger.tasks.create_task(f"{name} {number}")


def _turns(folder: Path, seconds: float) -> list[str]:
    """Who wrote, in the order of the log, while all were at it."""
    with children() as family:
        family.extend(Child(lambda send, n=number: _write_on(folder, f"writer-{n}", send)) for number in range(WRITERS))
        for child in family:
            child.expect("open")
        time.sleep(seconds)
        for child in family:
            child.kill()
    with Vespera.open(folder, actor="checker") as ledger:
        actors = [event.actor for event in events_of(ledger) if event.actor.startswith("writer-")]
    first = max(actors.index(f"writer-{number}") for number in range(WRITERS))
    return actors[first:]


def longest_wait(turns: list[str], actor: str) -> int:
    """The most turns of others between two turns of one, the ends of the run included."""
    mine = [-1, *(number for number, one in enumerate(turns) if one == actor), len(turns)]
    return max(after - before - 1 for before, after in pairwise(mine))


def test_nobody_starves(workspace: Path, rng: Random) -> None:
    turns = _turns(workspace, seconds=dose(25, 200) / 10)
    shares = Counter(turns)
    waits = {actor: longest_wait(turns, actor) for actor in sorted(shares)}
    say(f"{len(turns)} writes; shares {sorted(shares.values())}; longest waits {sorted(waits.values())}")
    assert len(shares) == WRITERS
    assert len(turns) > 20 * WRITERS, "too few writes to say anything of shares"
    assert max(shares.values()) <= LARGEST_RATIO * min(shares.values())
    assert max(waits.values()) <= LONGEST_WAIT
    assert_healthy(workspace)


def test_the_measure_sees_starvation() -> None:
    """The planted bug: an order in which one writer waits while the others pass again and again."""
    turns = ["a", "b"] * (LONGEST_WAIT // 2 + 1) + ["c"]
    assert longest_wait(turns, "c") > LONGEST_WAIT
    assert longest_wait(turns, "a") <= 2
