"""The same while the server is killed in the middle: nothing acknowledged is lost, and who listens misses nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from reliability.support.rest import LOST, Line
from reliability.support.witness import log_of, missed
from system.town import Town, await_it, opened

TASKS = 18
"""What each visitor has made in the end."""
KILLED_AT = (4, 10)
"""After so many tasks over REST the server is killed, and started again."""
WORK = 'echo "begin $VESPERA_TASK_ID" >> effects; sleep 0.05; echo "end $VESPERA_TASK_ID" >> effects'

Acknowledged = list[str]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with opened(tmp_path_factory.mktemp("killed")) as town:
        yield town


@pytest.fixture(scope="module")
def acknowledged(town: Town) -> Acknowledged:
    """Titles of all tasks whose making was answered, over both ways in, while the server dies and comes back."""
    over_rest: Acknowledged = []
    over_mcp: Acknowledged = []
    visitors = [Thread(target=visit_rest, args=(town, over_rest)), Thread(target=visit_mcp, args=(town, over_mcp))]
    for one in visitors:
        one.start()
    first = town.hire("smith", WORK)
    for count in KILLED_AT:
        await_it(f"{count} tasks", lambda count=count: len(over_rest) >= count)
        town.server.kill()
        town.server.start()
    for one in visitors:
        one.join()
    assert first.process.wait(60) == 0
    assert town.hire("heir", WORK).process.wait(60) == 0  # the first may have found nothing for a moment, and left
    town.level()
    return over_rest + over_mcp


def visit_rest(town: Town, told: Acknowledged) -> None:
    """Make tasks one by one; one that was not answered is asked for again, under its key."""
    line = Line(town.server.port)
    for number in range(TASKS):
        title = f"Over REST {number}"
        headers = {"Idempotency-Key": f"rest-{number}"}
        until_answered(lambda title=title, headers=headers: line.ask("POST", "/tasks", {"title": title}, headers).done)
        told.append(title)
    line.close()


def visit_mcp(town: Town, told: Acknowledged) -> None:
    for number in range(TASKS):
        town.tool("create_task", title=f"Over MCP {number}")
        told.append(f"Over MCP {number}")


def until_answered(ask: Callable[[], bool]) -> None:
    """Ask until a server is there to answer."""
    while True:
        try:
            assert ask()
        except LOST:
            time.sleep(0.02)
        else:
            return


def test_everything_acknowledged_is_there_once(town: Town, acknowledged: Acknowledged) -> None:
    kept = Counter(one["title"] for one in town.rest("GET", "/tasks?limit=0")["tasks"])
    assert kept == Counter(acknowledged)
    assert len(kept) == 2 * TASKS


def test_the_listener_went_on_from_its_cursor(town: Town, acknowledged: Acknowledged) -> None:
    log, faults = log_of(town.folder)
    assert faults == []
    town.listener.finish(log[-1].seq)
    assert town.listener.faults == []
    assert town.listener.lives > len(KILLED_AT), "it was cut off each time"
    assert missed(log, "the socket", town.listener.seen) == []


def test_no_task_was_lost_by_the_workers_or_run_twice(town: Town, acknowledged: Acknowledged) -> None:
    lines = (town.folder / "effects").read_text().split()
    begun = [task for word, task in zip(lines[::2], lines[1::2], strict=True) if word == "begin"]
    assert len(begun) == len(set(begun)) == len(acknowledged)
    assert town.rest("GET", "/system/stats")["open"] == 0


def test_the_indexes_hold_what_the_primary_holds(town: Town, acknowledged: Acknowledged) -> None:
    assert town.rest("POST", "/graph/query", {"text": "MATCH (t:Task) RETURN count(*)"})["rows"] == [
        [len(acknowledged)]
    ]
    found = town.rest("POST", "/search/semantic", {"text": "Over MCP 7", "limit": 1})
    assert (found["tasks"][0]["title"], found["degraded"]) == ("Over MCP 7", False)
