"""T2 and T10 over REST: a server that is killed at any moment loses nothing that it acknowledged, and does nothing
twice, whatever its clients repeat; and who follows the log sees every event once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

from reliability.support.dose import dose, say
from reliability.support.rest import Crowd, Said
from reliability.support.server import running
from reliability.support.subscribers import Pages, Socket, Stream
from reliability.support.witness import broken_promises, log_of, missed, out_of_order
from vespera_core.model.event import Event

CLIENTS: Final = 32

EARLY: Final = '''
from random import random
from vespera_sql.store import SqlStorage

class TakenBack(Exception):
    pass

honest = SqlStorage.write

def write(self, work):
    """Acknowledge one write in twenty, and take it back."""
    answered = []
    def lying(uow):
        answered.append(work(uow))
        if random() < 0.05:
            raise TakenBack
        return answered[-1]
    try:
        return honest(self, lying)
    except TakenBack:
        return answered[-1]

SqlStorage.write = write
'''
"""A planted bug: answers go out before anything is written for good, and at times nothing is."""

FORGETFUL: Final = """
from vespera_core.app import call

assert call.Call._once
call.Call._once = lambda self, unit, handler, request, key: call.handled(unit, handler, request)
"""
"""A planted bug: idempotency keys are taken, and forgotten. The first line keeps it where the code has moved to."""


def campaign(
    workspace: Path, rng: Random, kills: int, before: str = "", writes: int = 0
) -> tuple[list[Event], list[Said], list[str]]:
    """The log after so many kills and writes, what clients were told, and everything that is wrong."""
    with running(workspace, before) as server:
        subscribers = [kind(server.port) for kind in (Pages, Stream, Socket)]
        for one in subscribers:
            one.start()
        with Crowd(server.port, rng, CLIENTS) as crowd:
            for _ in range(kills):
                time.sleep(rng.uniform(0.05, 0.8))
                server.kill()
                server.start()
            time.sleep(0.5)
            crowd.wait_for(writes)
        log, faults = log_of(workspace)
        for one in subscribers:
            one.finish(len(log))
            faults += [*one.faults, *missed(log, one.name, one.seen)]
            assert one.lives > kills // 2, f"{one.name} was hardly ever cut off, so this run has shown nothing"
        code, complaints = server.end()
        assert (code, complaints) == (0, "")
    faults += [*crowd.faults, *broken_promises(log, crowd.said), *out_of_order(log, crowd.said)]
    return log, crowd.said, faults


def repeated(said: Sequence[Said]) -> list[Said]:
    return [one for one in said if one.attempts > 1]


def test_no_acknowledged_write_is_lost_and_no_repeated_one_is_done_twice(workspace: Path, rng: Random) -> None:
    kills = dose(3, 100)
    log, said, faults = campaign(workspace, rng, kills)
    assert faults == []
    say(f"{kills} kills, {len(said)} writes, {len(repeated(said))} of them repeated, {len(log)} events, 0 lost")
    assert len(said) > 20 * kills, "the clients wrote next to nothing, so this run has shown nothing"
    assert len(repeated(said)) > kills, "next to no write was under way at a kill, so this run has shown nothing"


def test_the_witness_sees_a_write_acknowledged_too_early(workspace: Path, rng: Random) -> None:
    _, _, faults = campaign(workspace, rng, 0, EARLY, writes=300)
    assert any("acknowledged, and lost" in fault for fault in faults)


def test_the_witness_sees_keys_that_are_forgotten(workspace: Path, rng: Random) -> None:
    _, _, faults = campaign(workspace, rng, 0, FORGETFUL, writes=100)
    assert any(fault.startswith("done 2 times") for fault in faults)
    assert any("was answered in two ways" in fault for fault in faults)
