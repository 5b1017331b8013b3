"""Servers that begin and end as they should: two over one workspace, and one that is told to end while it is busy."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

from reliability.support.dose import dose, say
from reliability.support.rest import Crowd, Line
from reliability.support.server import Server, running
from reliability.support.witness import broken_promises, log_of, out_of_order


def test_a_second_server_starts_too_and_leaves_the_services_to_the_first(workspace: Path) -> None:
    with running(workspace, services=True) as first:
        lines = [Line(first.port)]
        _until_led(lines[0], first)
        with running(workspace, services=True) as second:
            lines.append(Line(second.port))
            for line, other in (lines, reversed(lines)):
                made = line.ask("POST", "/tasks", {"title": "Seen by both"})
                task_id = made.body["task"]["task_id"]
                assert other.ask("GET", f"/tasks/{task_id}").body["task"] == made.body["task"]
            _until_led(lines[1], first, second)
            assert _ended(lines[0], first) == (0, "")
            assert lines[1].ask("POST", "/tasks", {"title": "The other one goes on"}).done
            _until_led(lines[1], second)
            assert _ended(lines[1], second) == (0, "")


def _until_led(line: Line, leader: Server, *others: Server) -> None:
    """Wait until one process leads all services, and others stand by."""
    wanted, deadline, found = {(leader.pid, tuple(one.pid for one in others))}, time.monotonic() + 60, set()
    while found != wanted:
        assert time.monotonic() < deadline, f"services are led by {found}, not by {wanted}"
        services = line.ask("GET", "/services").body["services"]
        found = {(one["pid"], tuple(one["standby"])) for one in services if one["wanted"]}
        time.sleep(0.1)


def _ended(line: Line, server: Server) -> tuple[int, str]:
    line.close()
    return server.end()


def test_a_busy_server_ends_what_is_under_way_and_ends_well(workspace: Path, rng: Random) -> None:
    ends = dose(2, 30)
    with running(workspace) as server:
        with Crowd(server.port, rng, 16) as crowd:
            for _ in range(ends):
                time.sleep(rng.uniform(0.1, 0.6))
                assert server.end() == (0, "")
                server.start()
            time.sleep(0.3)
        assert server.end() == (0, "")
    log, faults = log_of(workspace)
    assert faults + crowd.faults + broken_promises(log, crowd.said) + out_of_order(log, crowd.said) == []
    say(f"{ends} ends, {len(crowd.said)} writes, none lost, none done twice")
    assert len(crowd.said) > 10 * ends, "the clients wrote next to nothing, so this run has shown nothing"
