"""Events are told wherever services are hosted: by one process of all, plugin by plugin, and again after a crash."""

from __future__ import annotations

import signal
from threading import Event, Thread
from typing import Any

from projecting.site import add
from vespera_core.app.application import Vespera
from vespera_core.app.services.answers import ServicesAnswer, ServiceState
from vespera_core.app.services.manager import Manager
from vespera_core.app.services.requests import ServiceNames


def states(ledger: Vespera) -> dict[str, ServiceState]:
    answer: ServicesAnswer = ledger.call("service.list", ServiceNames())
    return {one.name: one for one in answer.services}


def test_one_that_fails_or_hangs_holds_up_no_other(room: Any, ledger: Vespera, eventually: Any) -> None:
    room.told("loud")
    room.told("quiet")
    start = room.log()[-1]
    stop = Event()
    host = Thread(target=lambda: Manager(room.spaces.open(room.path).kernel).run(stop))
    room.trouble("hang")
    host.start()
    try:
        add(ledger, "One", "Two")
        eventually(lambda: room.places("quiet")[:2] == room.log(start)[:2])
        assert room.places("loud") == room.log(start)[:1], "it still hears of the first"
        room.trouble("fail")
        failed = eventually(lambda: states(ledger)["events-loud"].last_error)
        assert failed.startswith("plugin 'loud' (loud-plugin 1.0) could not take event ")
        assert states(ledger)["events-loud"].status == "failed"
        assert states(ledger)["events-quiet"].status == "running"
        room.mended()
        eventually(lambda: set(room.log(start)) <= set(room.places("loud")))
    finally:
        (room.path / "loud.trouble").unlink(missing_ok=True)
        stop.set()
        host.join(20)
    assert not host.is_alive()
    assert room.places("quiet") == sorted(set(room.places("quiet")))


def test_what_was_told_before_a_crash_and_not_noted_is_told_again(room: Any, ledger: Vespera, eventually: Any) -> None:
    room.told("loud")
    room.told("quiet")
    start = room.log()[-1]
    add(ledger, "One", "Two", "Three")
    killed = room.host(VESPERA_CRASH_POINT="after-hook:2", VESPERA_BLOCK="quiet")
    assert killed.wait(20) == -signal.SIGKILL
    told = room.places()
    assert told == room.log(start)[:2]
    room.host(VESPERA_BLOCK="quiet")
    eventually(lambda: set(room.log(start)[:3]) <= set(room.places()))
    again = room.places()[2:]
    assert again[0] in told, "the last one at least"
    assert again == room.log(again[0] - 1)[: len(again)]


def test_one_process_tells_and_where_it_is_killed_another_goes_on(room: Any, ledger: Vespera, eventually: Any) -> None:
    room.told("loud")
    start = room.log()[-1]
    first = room.host()
    add(ledger, "One")
    eventually(room.heard)
    second = room.host()
    eventually(lambda: states(ledger)["events-loud"].standby == (second.pid,))
    add(ledger, "Two")
    eventually(lambda: len(room.heard()) >= 2)
    assert {one["pid"] for one in room.heard()} == {first.pid}
    first.kill()
    first.wait(20)
    add(ledger, "Three")
    eventually(lambda: set(room.log(start)) <= set(room.places()))
    heard = room.heard()
    assert heard[-1]["pid"] == second.pid
    first_told = [one["seq"] for one in heard if one["pid"] == first.pid]
    second_told = [one["seq"] for one in heard if one["pid"] == second.pid]
    assert first_told == sorted(set(first_told))
    assert second_told == sorted(set(second_told))
